//! The shared steps of suspend, reinstate and revoke: lock, apply the rule, write, record.

use domain::event::Event;
use domain::license::{State, TransitionError};
use domain::permission::Permission;
use domain::{LicenseId, Timestamp};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::store::entity::licenses;
use crate::store::{AuditEvent, Changes, WriteTxn, convert, scope};
use crate::{Actor, Result, Service};

/// Changes a license's state by a transition of the domain crate.
pub async fn transition(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    event: Event,
    rule: impl FnOnce(&State, Timestamp) -> Result<State, TransitionError>,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    let next = rule(&convert::license_state(&row)?, service.now())?;
    store_state(&mut txn, actor, row, event, &next).await?;
    txn.commit().await
}

/// Stores the next state of a locked license, and records it.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn store_state(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: licenses::Model,
    event: Event,
    next: &State,
) -> Result<()> {
    let (at, reason) = match next {
        State::Active => (None, None),
        State::Suspended { at, reason } | State::Revoked { at, reason } => {
            (Some(at.millis()), reason.clone())
        }
    };
    let before = convert::license_state(&row)?;
    let mut entry = AuditEvent::license(event, LicenseId(row.id)).changes(Changes::of_state(&before, next));
    if let Some(reason) = &reason {
        entry = entry.detail(reason.as_str()).with_payload("reason", reason.as_str());
    }
    let mut update = row.into_active_model();
    update.state = Set(next.as_str().to_owned());
    update.state_at = Set(at);
    update.state_reason = Set(reason.map(|r| r.to_string()));
    update.updated_at = Set(txn.now().millis());
    update.update(txn.conn()).await?;
    txn.record(actor, entry);
    Ok(())
}
