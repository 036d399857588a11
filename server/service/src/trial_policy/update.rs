//! Changes a trial policy, and with it its products, in one transaction.

use domain::TrialPolicyId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::change::TrialPolicyChange;
use super::changes::policy_changes;
use super::event::policy_event;
use super::record::{TrialPolicyRecord, record};
use super::trial_columns::{TrialColumns, uses};
use crate::product::update_followers;
use crate::store::entity::trial_policies;
use crate::store::{WriteTxn, scope};
use crate::{Actor, Result, Service};

/// Changes a policy. Its products follow at once. Trials that run keep their end.
///
/// # Errors
/// Returns an error if the role lacks the permission, the policy does not exist, or the database fails.
#[tracing::instrument(name = "trial_policy.update", skip_all, fields(account = %actor.account, policy = %id), err(level = "debug"))]
pub async fn update(
    service: &Service,
    actor: &Actor,
    id: TrialPolicyId,
    change: &TrialPolicyChange,
) -> Result<TrialPolicyRecord> {
    actor.require(Permission::WriteProduct)?;
    let txn = service.begin_write().await?;
    let row = scope::lock_trial_policy(&txn, actor.account, id, LockType::NoKeyUpdate).await?;
    change_locked(txn, actor, row, change).await
}

/// Changes a locked policy and its products, and commits.
pub(super) async fn change_locked(
    mut txn: WriteTxn,
    actor: &Actor,
    row: trial_policies::Model,
    change: &TrialPolicyChange,
) -> Result<TrialPolicyRecord> {
    let before = TrialColumns::of_policy(&row);
    let after = change.apply(&before);
    let name = change.name.as_ref().map(ToString::to_string).filter(|name| *name != row.name);
    let changes_rules = before != after;
    if !changes_rules && name.is_none() {
        return Ok(record(&row));
    }
    let mut update = row.clone().into_active_model();
    if let Some(name) = name {
        update.name = Set(name);
    }
    if changes_rules {
        after.write_policy(&mut update);
    }
    update.updated_at = Set(txn.now().millis());
    let former = row;
    let row = update.update(txn.conn()).await?;
    let changes = policy_changes(&former, &row);
    txn.record(actor, policy_event(Event::TrialPolicyUpdated, &row).changes(changes));
    if changes_rules {
        let rules = format!("trial policy “{}”", row.name);
        let follows = uses(row.id);
        update_followers(&mut txn, actor, follows, &rules, |product| after.write_product(product)).await?;
    }
    txn.commit().await?;
    Ok(record(&row))
}
