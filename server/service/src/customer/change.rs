//! Changes customers for the management API and the dashboard: every field, each only if it differs.

use domain::customer::describe_changes;
use domain::event::Event;
use domain::folding::terms_version;
use domain::object_metadata::FieldChange;
use domain::permission::Permission;
use domain::tag::TagNames;
use domain::{CustomerId, CustomerRole, Email, OrganizationId, PersonName};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::create::{Saved, is_organization};
use super::identity::{identity, store_terms};
use super::metadata;
use super::record::{CustomerRecord, record};
use crate::error::{is_duplicate, is_missing_reference};
use crate::store::entity::customers;
use crate::store::{AuditEvent, Changes, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, tag};

/// A change of a customer. What is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct CustomerChange {
    /// The first name, or the whole name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The e-mail address; the inner `None` removes it.
    pub email: Option<Option<Email>>,
    /// The company.
    pub company: Option<String>,
    /// The role in the organization.
    pub role: Option<CustomerRole>,
    /// The organization; the inner `None` takes the customer out of it.
    pub organization: Option<Option<OrganizationId>>,
    /// Stored and answered alone.
    pub portal_access: Option<bool>,
    /// The seller's own fields.
    pub metadata: MetadataChange,
    /// The tags. Unknown ones are made.
    pub tags: Option<TagNames>,
    /// Whether the name or the address may be removed. The management API requires both.
    pub may_remove_name: bool,
}

/// A change of the seller's own fields.
#[derive(Debug, Clone)]
pub enum MetadataChange {
    /// These fields are set; others stay.
    Merge(Vec<FieldChange>),
    /// These fields replace all others.
    Replace(Vec<FieldChange>),
}

impl Default for MetadataChange {
    fn default() -> Self {
        Self::Merge(Vec::new())
    }
}

/// Changes a customer. A value that equals the stored one is no change: without a difference nothing is written and
/// no event is recorded. The name and the address of a customer cannot both be removed, because that is an erasure.
///
/// # Errors
/// Returns an error if the role lacks the permission, the customer does not exist, a field is refused, or the
/// database fails.
#[tracing::instrument(name = "customer.change", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn change(
    service: &Service,
    actor: &Actor,
    id: CustomerId,
    change: CustomerChange,
) -> Result<Saved> {
    actor.require(Permission::WriteLicense)?;
    apply(service, actor, id, change).await
}

/// Stores a permitted change.
pub(super) async fn apply(
    service: &Service,
    actor: &Actor,
    id: CustomerId,
    change: CustomerChange,
) -> Result<Saved> {
    let mut txn = service.begin_write().await?;
    let row = scope::lock_customer(&txn, actor.account, id).await?;
    if let Some(Some(organization)) = change.organization
        && row.organization_id != Some(organization.0)
        && !is_organization(&txn, actor, organization).await?
    {
        return Ok(Saved::NoSuchOrganization);
    }
    let before = record(txn.conn(), actor.account, row.clone()).await?;
    let stored = match store_row(&txn, row.clone(), &before, &change).await? {
        Ok(stored) => stored,
        Err(refused) => return Ok(refused),
    };
    let keys = match change.metadata {
        MetadataChange::Merge(fields) => metadata::merge(&txn, actor.account, id, fields).await?,
        MetadataChange::Replace(fields) => metadata::replace(&txn, actor.account, id, fields).await?,
    };
    if let Some(tags) = &change.tags {
        tag::set_for_customer(&mut txn, actor, id, tags).await?;
    }
    let after = record(txn.conn(), actor.account, stored.clone()).await?;
    let changes = differences(&before, &after, &keys);
    if changes.is_empty() {
        return Ok(Saved::Saved(Box::new(before)));
    }
    let stored = touch(&txn, stored).await?;
    let detail = describe_changes(&identity(&row), &identity(&stored), &changes.properties());
    let entry = AuditEvent::customer(Event::CustomerUpdated, id).detail(detail).changes(changes);
    txn.record_of_customer(actor, id, entry);
    let saved = record(txn.conn(), actor.account, stored).await?;
    txn.commit().await?;
    Ok(Saved::Saved(Box::new(saved)))
}

/// Stores the columns that differ, unless other rows prevent it.
async fn store_row(
    txn: &WriteTxn,
    row: customers::Model,
    before: &CustomerRecord,
    change: &CustomerChange,
) -> Result<std::result::Result<customers::Model, Saved>> {
    let name = new_name(&before.name, change)?;
    let joined = name.joined();
    // A name that stays keeps how it is stored.
    let (first_name, last_name) = if name == before.name {
        (row.first_name.clone(), row.last_name.clone())
    } else {
        (Some(name.first), Some(name.last))
    };
    let email = match &change.email {
        None => row.email.clone(),
        Some(email) => email.as_ref().map(ToString::to_string),
    };
    if joined.is_empty() && email.is_none() && (row.name.is_some() || row.email.is_some()) {
        let text = "A customer has a name or an address. To remove both, erase the customer.";
        return Err(Error::invalid("email", text));
    }
    if email.is_none() && row.email.is_some() && !change.may_remove_name {
        return Err(Error::invalid("email", "This field is required."));
    }
    let company = change.company.clone().unwrap_or_else(|| before.company.clone());
    let new = customers::Model {
        name: Some(joined).filter(|name| !name.is_empty()),
        first_name,
        last_name,
        email,
        company: Some(company).filter(|company| !company.is_empty()),
        organization_id: change
            .organization
            .map_or(row.organization_id, |organization| organization.map(|id| id.0)),
        role: change.role.unwrap_or(before.role).as_str().to_owned(),
        portal_access: change.portal_access.unwrap_or(row.portal_access),
        ..row.clone()
    };
    if new == row {
        return Ok(Ok(row));
    }
    let terms_version = terms_version(new.name.is_some());
    let new = customers::Model { terms_version, ..new };
    let stored = match new.into_active_model().reset_all().update(txn.conn()).await {
        Ok(stored) => stored,
        Err(error) if is_duplicate(&error) => return Ok(Err(Saved::DuplicateEmail)),
        // The organization was deleted meanwhile.
        Err(error) if is_missing_reference(&error) => return Ok(Err(Saved::NoSuchOrganization)),
        Err(error) => return Err(error.into()),
    };
    if (&stored.name, &stored.email, &stored.company) != (&row.name, &row.email, &row.company) {
        store_terms(txn, &stored).await?;
    }
    Ok(Ok(stored))
}

/// Returns the name after a change.
fn new_name(before: &PersonName, change: &CustomerChange) -> Result<PersonName> {
    let name = PersonName {
        first: change.first_name.clone().unwrap_or_else(|| before.first.clone()),
        last: change.last_name.clone().unwrap_or_else(|| before.last.clone()),
    };
    if name.first.is_empty() && !before.first.is_empty() && !change.may_remove_name {
        return Err(Error::invalid("first_name", "This field is required."));
    }
    Ok(name)
}

/// Returns the properties that differ, by their names in the management API. The names of changed metadata are
/// listed, not their values.
fn differences(before: &CustomerRecord, after: &CustomerRecord, metadata: &[String]) -> Changes {
    let organization = |record: &CustomerRecord| record.organization.as_ref().map(|found| found.id);
    let mut changes = Changes::default();
    changes.add("firstName", &before.name.first, &after.name.first);
    changes.add("lastName", &before.name.last, &after.name.last);
    changes.add("email", &before.email, &after.email);
    changes.add("company", &before.company, &after.company);
    changes.add("role", &before.role.as_str(), &after.role.as_str());
    changes.add("organizationId", &organization(before), &organization(after));
    changes.add("allowCustomerPortalAccess", &before.portal_access, &after.portal_access);
    changes.add("tags", &before.tags, &after.tags);
    changes.add("metadata", &Vec::new(), &metadata.to_vec());
    changes
}

/// Sets the time of the change.
async fn touch(txn: &WriteTxn, row: customers::Model) -> Result<customers::Model> {
    let mut update = row.into_active_model();
    update.updated_at = Set(txn.now().millis());
    Ok(update.update(txn.conn()).await?)
}
