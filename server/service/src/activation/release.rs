//! Releases an activation, of a domain or of a machine, and frees its slot.

use domain::LicenseId;
use domain::event::Event;
use domain::machine::fingerprint_of;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _};

use crate::machine::release_floating_uses;
use crate::store::entity::{activations, licenses};
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Result};

/// Deletes an activation, frees its slot and records the event. The caller must hold the lock of
/// its license.
pub(crate) async fn release(
    txn: &mut WriteTxn,
    actor: &Actor,
    activation: &activations::Model,
    event: Event,
) -> Result<()> {
    release_floating_uses(txn, activation).await?;
    activations::Entity::delete_by_id(activation.id).exec(txn.conn()).await?;
    if activation.takes_slot {
        let used = if activation.kind == "machine" {
            licenses::Column::MachinesUsed
        } else {
            licenses::Column::DomainsUsed
        };
        licenses::Entity::update_many()
            .col_expr(used, Expr::col(used).sub(1))
            .filter(licenses::Column::Id.eq(activation.license_id))
            .exec(txn.conn())
            .await?;
    }
    let audit_event = AuditEvent::license(event, LicenseId(activation.license_id))
        .detail(activation.hostname.as_deref().unwrap_or(&activation.subject).to_owned())
        .with_payload(&activation.kind, fingerprint_of(&activation.subject).to_owned());
    txn.record(actor, audit_event);
    Ok(())
}
