//! Deletes a trial policy that no product uses.

use domain::TrialPolicyId;
use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::event::policy_event;
use super::trial_columns::uses;
use super::update::lock;
use crate::store::change_sink::Change;
use crate::store::entity::{products, trial_policies};
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
    let row = lock(&txn, actor, id).await?;
    let product: Option<Uuid> = products::Entity::find()
        .select_only()
        .column(products::Column::Id)
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(uses(id.0))
        .into_tuple()
        .one(txn.conn())
        .await?;
    if product.is_some() {
        return Err(Error::Conflict("A product uses this trial policy.".into()));
    }
    let change = Change::of_object(actor.account, Trigger::Recorded(Event::TrialPolicyDeleted), row.id);
    txn.capture(&[change]).await?;
    trial_policies::Entity::delete_by_id(row.id).exec(txn.conn()).await?;
    txn.record(actor, policy_event(Event::TrialPolicyDeleted, &row));
    txn.commit().await
}
