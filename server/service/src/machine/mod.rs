//! Binding licenses to machines: activate, sync, deactivate, each answered with a
//! signed token or a refusal.

mod activate;
mod deactivate;
mod sync;
mod token;

use domain::machine::{Fingerprint, Machine};
use domain::{ActivationId, LicenseKey};
use sea_orm::{ConnectionTrait, EntityTrait as _};

use crate::store::entity::{activations, licenses, products};
use crate::{Error, Result};
pub use activate::activate;
pub use deactivate::{Deactivated, Proof, deactivate};
pub use sync::sync;

/// What a client sends to activate or to sync.
pub struct Request {
    /// The license key.
    pub key: LicenseKey,
    /// The key as it was sent, for the token.
    pub key_sent: String,
    /// The product's id, as it was sent.
    pub product_sent: String,
    /// The machine's fingerprint.
    pub fingerprint: Fingerprint,
    /// What the machine says of itself.
    pub machine: Machine,
}

/// What became of a request to activate or to sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The license is active on the machine; this is its token.
    Token(String),
    /// No license has this key.
    InvalidKey,
    /// The license is for another product.
    InvalidProduct,
    /// The license was revoked.
    Revoked,
    /// No seat is free.
    LimitReached,
    /// The activation is not there any more.
    Gone,
    /// The activation is another machine's.
    InvalidFingerprint,
}

/// The activation, as long as it is a machine's.
async fn find(db: &impl ConnectionTrait, id: ActivationId) -> Result<Option<activations::Model>> {
    let row = activations::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.filter(|row| row.kind == "machine"))
}

/// The license's product, if that is the one that was sent: by its id or by its
/// public number.
async fn product(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    sent: &str,
) -> Result<Option<products::Model>> {
    let row = products::Entity::find_by_id(license.product_id)
        .one(db)
        .await?
        .ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))?;
    let sent = sent.trim();
    let same = sent.parse() == Ok(row.id) || sent == row.number.to_string();
    Ok(same.then_some(row))
}

/// What a machine said of itself, into its row.
fn describe(row: &mut activations::ActiveModel, machine: &Machine) {
    use sea_orm::Set;
    let Machine {
        hostname,
        os,
        os_version,
        vm_name,
        container,
        app_version,
        release_version,
        user_hash,
        metadata,
    } = machine;
    row.hostname = Set(Some(hostname.clone()));
    row.os = Set(Some(os.clone()));
    row.os_version = Set(os_version.clone());
    row.vm_name = Set(vm_name.clone());
    row.container = Set(container.clone());
    row.app_version = Set(Some(app_version.clone()));
    row.release_version = Set(release_version.clone());
    row.user_hash = Set(Some(user_hash.clone()));
    row.metadata = Set(serde_json::to_string(metadata).ok());
}
