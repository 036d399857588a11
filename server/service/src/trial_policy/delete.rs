//! Deletes a trial policy that no product uses.

use domain::TrialPolicyId;
use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use sea_orm::EntityTrait as _;
use sea_orm::sea_query::LockType;

use super::event::policy_event;
use super::trial_columns::uses;
use crate::product::has_followers;
use crate::store::change_sink::Change;
use crate::store::entity::trial_policies;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// Deletes a policy.
///
/// # Errors
/// [`Error::Conflict`] if a product uses it. Also returns an error if the role lacks the permission, the policy does
/// not exist, or the database fails.
#[tracing::instrument(name = "trial_policy.delete", skip_all, fields(account = %actor.account, policy = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: TrialPolicyId) -> Result<()> {
    actor.require(Permission::WriteProduct)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_trial_policy(&txn, actor.account, id, LockType::NoKeyUpdate).await?;
    if has_followers(&txn, actor, uses(id.0)).await? {
        return Err(Error::Conflict("A product uses this trial policy.".into()));
    }
    let change = Change::of_object(actor.account, Trigger::Recorded(Event::TrialPolicyDeleted), row.id);
    txn.capture(&[change]).await?;
    trial_policies::Entity::delete_by_id(row.id).exec(txn.conn()).await?;
    txn.record(actor, policy_event(Event::TrialPolicyDeleted, &row));
    txn.commit().await
}
