//! Lists trial policies, and shows one.

use domain::TrialPolicyId;
use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;
use domain::view::ProductOption;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::record::{TrialPolicyRecord, load_many, record};
use super::trial_columns::uses;
use crate::product::options_of_rules;
use crate::store::entity::trial_policies;
use crate::store::filter::load_named_page;
use crate::{Actor, Error, Result, Service};

/// Returns a page of the account's policies.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "trial_policy.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<TrialPolicyRecord>> {
    actor.require(Permission::Read)?;
    let rows = trial_policies::Entity::find().filter(trial_policies::Column::AccountId.eq(actor.account.0));
    let page = load_named_page(service.store.list_reader(), rows, request).await?;
    Ok(page.map(|row| record(&row)))
}

/// Returns a policy.
///
/// # Errors
/// Returns an error if the role lacks the permission, the policy does not exist, or the database fails.
#[tracing::instrument(name = "trial_policy.show", skip_all, fields(account = %actor.account, policy = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: TrialPolicyId) -> Result<TrialPolicyRecord> {
    actor.require(Permission::Read)?;
    load_many(service.store.read(), actor.account, &[id]).await?.pop().ok_or(Error::NotFound)
}

/// Returns the products that use a policy, the oldest first.
pub(super) async fn products_of(
    service: &Service,
    actor: &Actor,
    id: TrialPolicyId,
) -> Result<Vec<ProductOption>> {
    options_of_rules(service, actor, uses(id.0)).await
}
