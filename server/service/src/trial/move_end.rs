//! Moves the end of a trial.

use domain::event::Event;
use domain::permission::Permission;
use domain::{ActivationId, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, Set,
};

use super::record::{TrialActivationRecord, event, record};
use crate::store::Changes;
use crate::store::entity::trials;
use crate::{Actor, Error, Result, Service};

/// The new end of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialEnd {
    /// Later by a number of seconds, also if the trial has ended.
    Extended(u32),
    /// At a time.
    At(Timestamp),
}

impl TrialEnd {
    fn of(self, expires_at: Timestamp) -> Timestamp {
        match self {
            Self::Extended(seconds) => expires_at.plus_seconds(i64::from(seconds)),
            Self::At(at) => at,
        }
    }

    fn event(self) -> Event {
        match self {
            Self::Extended(_) => Event::TrialExtended,
            Self::At(_) => Event::TrialExpiryChanged,
        }
    }
}

/// Moves the end of a trial. The machine gets it by its next request for the trial. The same end is no change.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such trial, or the database fails.
#[tracing::instrument(name = "trial.move_end", skip_all, fields(account = %actor.account, trial = %id), err(level = "debug"))]
pub async fn move_end(
    service: &Service,
    actor: &Actor,
    id: ActivationId,
    end: TrialEnd,
) -> Result<TrialActivationRecord> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let mut find = trials::Entity::find_by_id(id.0).filter(trials::Column::AccountId.eq(actor.account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let row = find.one(txn.conn()).await?.ok_or(Error::NotFound)?;
    let former = Timestamp::from_millis(row.expires_at);
    let next = end.of(former);
    if next == former {
        return Ok(record(row));
    }
    let mut update = row.into_active_model();
    update.expires_at = Set(next.millis());
    update.updated_at = Set(Some(txn.now().millis()));
    let row = update.update(txn.conn()).await?;
    let mut changes = Changes::default();
    changes.add("expiresAt", &former.rfc3339_millis(), &next.rfc3339_millis());
    let entry = event(end.event(), &row)
        .detail(format!("{}: {} → {}", row.hostname, former.date(), next.date()))
        .with_payload("expires_at", next.rfc3339())
        .changes(changes);
    txn.record_about(actor, row.id, entry);
    txn.commit().await?;
    Ok(record(row))
}
