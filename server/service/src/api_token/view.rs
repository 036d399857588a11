//! The read model of API tokens.

use domain::permission::Role;
use domain::view::ApiTokenRow;
use domain::{ApiTokenId, Timestamp};

use crate::access;
use crate::store::convert;
use crate::store::entity::api_tokens;

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
