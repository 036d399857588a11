//! Binding licenses to machines: activate, sync, deactivate, trials, meters and
//! offline files, each answered with a signed token or a refusal.

mod activate;
mod batch;
mod binding;
mod cache;
mod deactivate;
mod lease;
mod machine_info;
mod meter;
pub mod offline;
mod request;
mod row;
mod row_cache;
mod sync;
mod token;
mod trial;

use std::sync::Arc;

use domain::ActivationId;
use domain::machine::AdmissionError;
use sea_orm::{ConnectionTrait, EntityTrait as _};

use crate::store::entity::{activations, licenses, products};
use crate::{Error, Result};
pub use activate::activate;
pub(crate) use batch::ActivateMachine;
pub(crate) use cache::{LastSyncLoader, MachineCache};
pub use deactivate::{DeactivateOutcome, deactivate};
pub use lease::expire_leases as sweep_leases;
pub(crate) use meter::release_floating_uses;
pub use meter::{IncrementOutcome, MeterReading, increment};
pub use request::{ActivationRequest, DeactivationProof, TrialRequest};
pub use sync::sync;
pub use trial::{find_product_id, start_trial};

/// What became of a request to activate or to sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivationOutcome {
    /// The license is active on the machine; this is its token.
    Token(String),
    /// No license has this key.
    InvalidKey,
    /// The license is for another product, or there is none of this id.
    InvalidProduct,
    /// The license was revoked.
    Revoked,
    /// No seat is free.
    LimitReached,
    /// The activation is not there any more.
    NotFound,
    /// The activation is another machine's.
    InvalidFingerprint,
    /// The product lets no such machine in.
    NotAdmitted(AdmissionError),
    /// More was used than a meter allows.
    MeterExhausted,
    /// The product has no trials.
    TrialNotAllowed,
    /// The product's trials are used up.
    TrialLimitReached,
}

/// The activation, as long as it is a machine's.
async fn find_activation(db: &impl ConnectionTrait, id: ActivationId) -> Result<Option<activations::Model>> {
    let row = activations::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.filter(|row| row.kind == "machine"))
}

/// The product of a license.
async fn load_product(db: &impl ConnectionTrait, license: &licenses::Model) -> Result<Arc<products::Model>> {
    products::Entity::find_by_id(license.product_id)
        .one(db)
        .await?
        .map(Arc::new)
        .ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))
}

/// Whether this is the product that was sent: by its id or by its public number.
fn product_matches(product: &products::Model, sent: &str) -> bool {
    let sent = sent.trim();
    sent.parse() == Ok(product.id) || sent == product.number.to_string()
}
