//! API tokens: bearer credentials of a seller's own systems. The token is shown once; the database
//! stores a keyed digest.

mod audit_event;
mod change;
mod create;
mod delete;
mod list;
mod maker;
mod page;

use domain::permission::Role;
use domain::view::ApiTokenRow;
use domain::{AccountId, ApiTokenId, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::store::entity::api_tokens;
use crate::store::{WriteTxn, convert};
use crate::{Actor, Error, Result, Service, access};

pub use change::{TokenChange, change, revoke};
pub use create::{CreatedToken, NewApiToken, TokenName, create, create_with_scopes};
pub use delete::delete;
pub use list::list;
pub(crate) use maker::{hand_over, revoke_of_maker};
pub use page::{Visible, find, list_page};

/// Converts a row into its read model.
pub(crate) fn view(row: api_tokens::Model) -> ApiTokenRow {
    let created_at = Timestamp::from_millis(row.created_at);
    ApiTokenRow {
        id: ApiTokenId(row.id),
        scopes: access::scopes(&row).words(),
        has_chosen_scopes: row.scopes.is_some(),
        name: row.name,
        last_four: row.last_four,
        role: row.role.parse().unwrap_or(Role::Viewer),
        created_at,
        updated_at: convert::to_timestamp(row.updated_at).unwrap_or(created_at),
        expires_at: convert::to_timestamp(row.expires_at),
        last_used_at: convert::to_timestamp(row.last_used_at),
        revoked_at: convert::to_timestamp(row.revoked_at),
    }
}

/// Loads a token of the account and locks it until the transaction ends.
async fn lock(txn: &WriteTxn, account: AccountId, id: ApiTokenId) -> Result<api_tokens::Model> {
    let mut find = api_tokens::Entity::find_by_id(id.0).filter(api_tokens::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}

/// Authenticates a token and returns its actor. `None` for an unknown, expired or revoked token, or one of a
/// suspended account.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn authenticate(service: &Service, token: &str) -> Result<Option<Actor>> {
    Ok(access::authenticate(service, token).await?.map(|access| access.actor.clone()))
}
