//! Suggests customers while a seller types.

use std::collections::BTreeSet;

use domain::permission::Permission;
use domain::view::CustomerHit;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::search::search;
use crate::store::entity::customers;
use crate::{Actor, Result, Service};

/// Maximum number of suggestions.
const MAX_SUGGESTIONS: usize = 8;
/// Terms read for them. A customer may match by several terms.
const MAX_TERMS: u64 = 40;

/// Returns at most 8 customers whose name, address or host has a word that begins with the text.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "customer.suggest", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn suggest(service: &Service, actor: &Actor, text: &str) -> Result<Vec<CustomerHit>> {
    actor.require(Permission::Read)?;
    let found = search(service, actor, text, MAX_TERMS).await?.ids;
    // The newest customers are the likeliest.
    let ids: BTreeSet<Uuid> = found.into_iter().rev().take(MAX_SUGGESTIONS).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = customers::Entity::find()
        .filter(customers::Column::Id.is_in(ids))
        // The terms are of the account. With the account in the condition, a planner may read all its customers.
        .order_by_desc(customers::Column::Id)
        .all(service.store.list_reader())
        .await?;
    Ok(rows.into_iter().map(|row| CustomerHit { name: row.name, email: row.email }).collect())
}
