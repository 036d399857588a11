//! The trial policy that a product has of its own, which follows the product's form.

use domain::event::Event;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::changes::policy_changes;
use super::event::policy_event;
use super::trial_columns::{TrialColumns, clear_product, uses};
use crate::store::entity::{products, trial_policies};
use crate::store::{WriteTxn, convert};
use crate::{Actor, Result, new_id};

/// Inserts a policy with the trials of a product.
async fn insert(
    txn: &WriteTxn,
    product: &products::Model,
    columns: &TrialColumns,
) -> Result<trial_policies::Model> {
    let now = txn.now().millis();
    let mut row = trial_policies::ActiveModel {
        id: Set(new_id()),
        account_id: Set(product.account_id),
        name: Set(product.name.clone()),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    columns.write_policy(&mut row);
    Ok(row.insert(txn.conn()).await?)
}

/// Inserts the policy of a product that was just inserted, if it allows trials. Returns the product's row with it.
pub(crate) async fn insert_for_product(txn: &WriteTxn, row: products::Model) -> Result<products::Model> {
    let Some(columns) = TrialColumns::of_product(&row) else { return Ok(row) };
    let policy = insert(txn, &row, &columns).await?;
    set_policy(txn, row, policy.id, &columns).await
}

/// Writes the policy of a product whose row was just changed by a form, and records the policy's change. A policy that
/// other products use stays, and the product gets one of its own. A product without trials has no policy; the policy
/// stays for others. Returns the product's row.
pub(crate) async fn follow_product(
    txn: &mut WriteTxn,
    actor: &Actor,
    former: &products::Model,
    row: products::Model,
) -> Result<products::Model> {
    let Some(mut columns) = TrialColumns::of_product(&row) else {
        if row.trial_policy_id.is_none() && row.trial_admission.is_none() {
            return Ok(row);
        }
        let mut update = row.into_active_model();
        clear_product(&mut update);
        return Ok(update.update(txn.conn()).await?);
    };
    let machines = [former, &row].map(convert::machine_rules);
    columns.admission = columns.admission.following(&machines[0], &machines[1]);
    let policy = match row.trial_policy_id {
        Some(id) => trial_policies::Entity::find_by_id(id).one(txn.conn()).await?,
        None => None,
    };
    let Some(policy) = policy.filter(|policy| policy.account_id == row.account_id) else {
        return insert_own(txn, actor, row, &columns).await;
    };
    if TrialColumns::of_policy(&policy) == columns {
        return Ok(row);
    }
    // The product may have got this policy after `lock_rules`.
    lock_policy(txn, policy.id).await?;
    if is_shared(txn, &row, policy.id).await? {
        return insert_own(txn, actor, row, &columns).await;
    }
    let mut update = policy.clone().into_active_model();
    columns.write_policy(&mut update);
    update.updated_at = Set(txn.now().millis());
    let stored = update.update(txn.conn()).await?;
    let changes = policy_changes(&policy, &stored);
    txn.record(actor, policy_event(Event::TrialPolicyUpdated, &stored).changes(changes));
    set_policy(txn, row, policy.id, &columns).await
}

/// Gives a changed product a policy of its own, and records that it was made.
async fn insert_own(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: products::Model,
    columns: &TrialColumns,
) -> Result<products::Model> {
    let policy = insert(txn, &row, columns).await?;
    txn.record(actor, policy_event(Event::TrialPolicyCreated, &policy));
    set_policy(txn, row, policy.id, columns).await
}

/// Writes the policy of a product and its copy.
async fn set_policy(
    txn: &WriteTxn,
    row: products::Model,
    policy: Uuid,
    columns: &TrialColumns,
) -> Result<products::Model> {
    let mut update = row.into_active_model();
    columns.write_product(&mut update);
    update.trial_policy_id = Set(Some(policy));
    Ok(update.update(txn.conn()).await?)
}

/// Locks a policy against changes, and against products that choose it.
pub(crate) async fn lock_policy(txn: &WriteTxn, id: Uuid) -> Result<()> {
    if txn.needs_row_locks() {
        trial_policies::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(txn.conn()).await?;
    }
    Ok(())
}

/// Returns whether another product uses the product's policy.
async fn is_shared(txn: &WriteTxn, product: &products::Model, policy: Uuid) -> Result<bool> {
    let other: Option<Uuid> = products::Entity::find()
        .select_only()
        .column(products::Column::Id)
        .filter(uses(policy))
        .filter(products::Column::Id.ne(product.id))
        .into_tuple()
        .one(txn.conn())
        .await?;
    Ok(other.is_some())
}
