//! Lists trial policies, and shows one.

use domain::filter::{Folding, ListPage, ListRequest};
use domain::permission::Permission;
use domain::view::ProductOption;
use domain::{ProductId, TrialPolicyId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::record::{TrialPolicyRecord, load_many, record};
use super::trial_columns::uses;
use crate::license_template::name_has_word;
use crate::store::entity::{products, trial_policies};
use crate::store::filter::{FilterColumn, ListColumns, SortColumn, folded, load_page};
use crate::{Actor, Error, Result, Service};

/// Products of a policy that are listed.
const MAX_PRODUCTS_LISTED: u64 = 200;

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
    use trial_policies::Column as T;
    actor.require(Permission::Read)?;
    let backend = service.store.backend();
    let col = |column: T| Expr::col((trial_policies::Entity, column));
    let mut rows = trial_policies::Entity::find().filter(T::AccountId.eq(actor.account.0));
    for word in request.search.iter().flat_map(|text| text.split_whitespace()) {
        rows = rows.filter(name_has_word(&folded(backend, Folding::Ascii, col(T::Name)), word));
    }
    let filter = move |name: &'static str| {
        let column = match name {
            "id" => T::Id,
            "createdAt" => T::CreatedAt,
            "updatedAt" => T::UpdatedAt,
            "name" => T::Name,
            _ => return None,
        };
        Some(FilterColumn::Of(col(column)))
    };
    let sort = move |name: &'static str| match name {
        "createdAt" => Some(SortColumn::Number(col(T::CreatedAt))),
        "updatedAt" => Some(SortColumn::Number(col(T::UpdatedAt))),
        "name" => Some(SortColumn::Text(Folding::Ascii, col(T::Name))),
        _ => None,
    };
    let columns = ListColumns { id: col(T::Id), filter: &filter, pairs: None, sort: &sort };
    let page = load_page(service.store.list_reader(), rows, request, columns).await?;
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
    let rows = products::Entity::find()
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(uses(id.0))
        .order_by_asc(products::Column::Id)
        .limit(MAX_PRODUCTS_LISTED)
        .all(service.store.read())
        .await?;
    let option = |row: products::Model| ProductOption {
        id: ProductId(row.id),
        name: row.name,
        archived: row.archived_at.is_some(),
    };
    Ok(rows.into_iter().map(option).collect())
}
