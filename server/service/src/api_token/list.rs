//! Lists the API tokens of an account, for the dashboard.

use domain::permission::Permission;
use domain::view::ApiTokenRow;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::view::view;
use crate::store::entity::api_tokens;
use crate::{Actor, Result, Service};

/// Maximum number of tokens listed.
const MAX_TOKENS_LISTED: u64 = 1000;

/// Lists the account's tokens: active tokens first, then revoked ones; newest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn list(service: &Service, actor: &Actor) -> Result<Vec<ApiTokenRow>> {
    actor.require(Permission::ManageTokens)?;
    let rows = api_tokens::Entity::find()
        .filter(api_tokens::Column::AccountId.eq(actor.account.0))
        // Active tokens first, then the newest of the revoked ones.
        .order_by_desc(api_tokens::Column::RevokedAt.is_null())
        .order_by_desc(api_tokens::Column::Id)
        .limit(MAX_TOKENS_LISTED)
        .all(service.store.read())
        .await?;
    Ok(rows.into_iter().map(view).collect())
}
