//! Changes a trial policy, and with it its products, in one transaction.

use domain::TrialPolicyId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};

use super::change::TrialPolicyChange;
use super::event::policy_event;
use super::record::{TrialPolicyRecord, record};
use super::trial_columns::{TrialColumns, uses};
use crate::product::product_event;
use crate::store::WriteTxn;
use crate::store::entity::{products, trial_policies};
use crate::{Actor, Error, Result, Service};

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
    let row = lock(&txn, actor, id).await?;
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
    let mut update = row.into_active_model();
    if let Some(name) = name {
        update.name = Set(name);
    }
    if changes_rules {
        after.write_policy(&mut update);
    }
    update.updated_at = Set(txn.now().millis());
    let row = update.update(txn.conn()).await?;
    txn.record(actor, policy_event(Event::TrialPolicyUpdated, &row));
    if changes_rules {
        update_products(&mut txn, actor, &row, &after).await?;
    }
    txn.commit().await?;
    Ok(record(&row))
}

/// Loads a policy of the account and locks it against other changes.
pub(super) async fn lock(txn: &WriteTxn, actor: &Actor, id: TrialPolicyId) -> Result<trial_policies::Model> {
    let mut find = trial_policies::Entity::find_by_id(id.0)
        .filter(trial_policies::Column::AccountId.eq(actor.account.0));
    if txn.needs_row_locks() {
        find = find.lock(LockType::NoKeyUpdate);
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}

/// Writes the copies of the products, in the order of their ids.
async fn update_products(
    txn: &mut WriteTxn,
    actor: &Actor,
    policy: &trial_policies::Model,
    columns: &TrialColumns,
) -> Result<()> {
    let mut find = products::Entity::find()
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(uses(policy.id))
        .order_by_asc(products::Column::Id);
    if txn.needs_row_locks() {
        find = find.lock(LockType::NoKeyUpdate);
    }
    for product in find.all(txn.conn()).await? {
        let mut update = product.into_active_model();
        columns.write_product(&mut update);
        update.updated_at = Set(txn.now().millis());
        let row = update.update(txn.conn()).await?;
        let entry =
            product_event(Event::ProductUpdated, &row).detail(format!("trial policy “{}”", policy.name));
        txn.record(actor, entry);
    }
    Ok(())
}
