//! Customers as the management API and the dashboard read them, with organization, tags and metadata.

use std::collections::HashMap;

use domain::object_metadata::ViewPermission;
use domain::{AccountId, CustomerId, CustomerRole, PersonName, Timestamp};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::metadata::{self, MetadataField};
use crate::organization::OrganizationRecord;
use crate::store::entity::customers;
use crate::store::{convert, scope};
use crate::{Result, organization, tag};

/// A customer as it is stored, without the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRecord {
    /// The id.
    pub id: CustomerId,
    /// When the customer was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The name, in one or two parts.
    pub name: PersonName,
    /// The e-mail address, as it is stored.
    pub email: Option<String>,
    /// The company, or empty.
    pub company: String,
    /// The role in the organization.
    pub role: CustomerRole,
    /// Stored and answered alone.
    pub portal_access: bool,
    /// The last sign-in, by a password or the link of a mail.
    pub last_login_at: Option<Timestamp>,
    /// The last use of the customer's page or of an access token, to five minutes.
    pub last_seen_at: Option<Timestamp>,
    /// The organization.
    pub organization: Option<OrganizationRecord>,
    /// The seller's own fields, in the order in which they were made.
    pub metadata: Vec<MetadataField>,
    /// The names of the tags, in their order.
    pub tags: Vec<String>,
}

impl CustomerRecord {
    /// Leaves out what the seller keeps to the team: other fields, the tags, and the description of the organization.
    #[must_use]
    pub fn shown_to_customer(mut self) -> Self {
        self.metadata.retain(|field| field.permissions.contains(&ViewPermission::User));
        self.tags.clear();
        if let Some(organization) = &mut self.organization {
            organization.organization.description.clear();
        }
        self
    }
}

/// Loads customers of the account by four statements. Missing ones are left out.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn load_many(
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, CustomerRecord>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let own = scope::rows_by_ids::<customers::Entity>(db, account, ids, |row| row.account_id).await?;
    let records = records(db, account, own).await?;
    Ok(records.into_iter().map(|record| (record.id.0, record)).collect())
}

/// Completes rows of the account by organizations, metadata and tags, in the order of the rows.
pub(crate) async fn records(
    db: &impl ConnectionTrait,
    account: AccountId,
    rows: Vec<customers::Model>,
) -> Result<Vec<CustomerRecord>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let of_rows: Vec<Uuid> = rows.iter().filter_map(|row| row.organization_id).collect();
    let organizations = organization::record::load_many(db, account, of_rows).await?;
    let mut metadata = metadata::load_many(db, ids.clone()).await?;
    let mut tags = tag::names_of_customers(db, ids).await?;
    let records = rows.iter().map(|row| CustomerRecord {
        id: CustomerId(row.id),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(updated_at(row)),
        name: person_name(row),
        email: row.email.clone(),
        company: row.company.clone().unwrap_or_default(),
        role: CustomerRole::from_storage(&row.role),
        portal_access: row.portal_access,
        last_login_at: convert::to_timestamp(row.last_login_at),
        last_seen_at: convert::to_timestamp(row.last_seen_at),
        organization: row.organization_id.and_then(|id| organizations.get(&id).cloned()),
        metadata: metadata.remove(&row.id).unwrap_or_default(),
        tags: tags.remove(&row.id).unwrap_or_default(),
    });
    Ok(records.collect())
}

/// Returns the record of one row.
pub(super) async fn record(
    db: &impl ConnectionTrait,
    account: AccountId,
    row: customers::Model,
) -> Result<CustomerRecord> {
    let records = records(db, account, vec![row]).await?;
    records.into_iter().next().ok_or_else(|| crate::Error::Internal("a customer has no record".into()))
}

/// Returns when a row was last changed. A node of the version before writes 0.
pub(super) fn updated_at(row: &customers::Model) -> i64 {
    row.updated_at.max(row.created_at)
}

/// Returns the name of a row in its parts.
pub(super) fn person_name(row: &customers::Model) -> PersonName {
    PersonName::from_storage(row.first_name.as_deref(), row.last_name.as_deref(), row.name.as_deref())
}
