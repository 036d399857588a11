//! Organizations as the management API and the dashboard read them.

use std::collections::HashMap;

use domain::organization::{Organization, OrganizationName, PostalAddress};
use domain::{AccountId, OrganizationId, Timestamp};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::Result;
use crate::store::entity::organizations;
use crate::store::scope;

/// An organization as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationRecord {
    /// The id.
    pub id: OrganizationId,
    /// When the organization was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What is stored of it.
    pub organization: Organization,
}

/// Loads organizations of the account by one statement. Missing ones are left out.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn load_many(
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, OrganizationRecord>> {
    let ids = ids.into_iter().collect();
    let found = scope::rows_by_ids::<organizations::Entity>(db, account, ids, |row| row.account_id).await?;
    Ok(found.into_iter().map(|row| (row.id, record(row))).collect())
}

/// Converts a row.
pub(crate) fn record(row: organizations::Model) -> OrganizationRecord {
    let organizations::Model {
        id,
        account_id: _,
        name,
        name_key: _,
        email,
        description,
        domain,
        allowed_users,
        address_line1: line1,
        address_line2: line2,
        city,
        state,
        country,
        postal_code,
        created_at,
        updated_at,
    } = row;
    OrganizationRecord {
        id: OrganizationId(id),
        created_at: Timestamp::from_millis(created_at),
        updated_at: Timestamp::from_millis(updated_at),
        organization: Organization {
            name: OrganizationName::from_storage(name),
            email,
            description,
            domain,
            allowed_users,
            address: PostalAddress { line1, line2, city, state, country, postal_code },
        },
    }
}
