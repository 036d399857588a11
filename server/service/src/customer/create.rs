//! Creates customers for the management API.

use domain::event::Event;
use domain::folding::terms_version;
use domain::object_metadata::FieldChange;
use domain::permission::Permission;
use domain::tag::TagNames;
use domain::{CustomerId, CustomerRole, Email, OrganizationId, PersonName, Timestamp};
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::find_or_insert::{insert_row, lock_by_email};
use super::identity::label;
use super::record::{CustomerRecord, record};
use super::row::new_row;
use super::{metadata, password};
use crate::error::is_missing_reference;
use crate::store::entity::customers;
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, tag};

/// The end of a creation or a change that other rows may prevent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// The customer as it is stored now.
    Saved(Box<CustomerRecord>),
    /// Another customer of the account has the address.
    DuplicateEmail,
    /// The account has no such organization.
    NoSuchOrganization,
}

/// A customer to create. Has no `Debug`, because it holds a password.
#[derive(Clone)]
pub struct NewCustomer {
    /// The name; its first part is not empty.
    pub name: PersonName,
    /// The e-mail address.
    pub email: Email,
    /// The company, or empty.
    pub company: String,
    /// The password, 8 to 256 characters. Without one, no password is right.
    pub password: Option<String>,
    /// The role in the organization.
    pub role: CustomerRole,
    /// The organization.
    pub organization: Option<OrganizationId>,
    /// Stored and answered alone.
    pub portal_access: bool,
    /// The seller's own fields.
    pub metadata: Vec<FieldChange>,
    /// The tags. Unknown ones are made.
    pub tags: TagNames,
    /// The id of an import.
    pub id: Option<Uuid>,
    /// The time of an import.
    pub created_at: Option<Timestamp>,
    /// The time of an import.
    pub updated_at: Option<Timestamp>,
}

/// Creates a customer. Of several requests with one address at once, one creates it, and the others are answered
/// after its commit.
///
/// # Errors
/// Returns an error if the role lacks the permission, a field is refused, the id of an import is taken, or the
/// database fails.
#[tracing::instrument(name = "customer.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(service: &Service, actor: &Actor, mut new: NewCustomer) -> Result<Saved> {
    actor.require(Permission::WriteLicense)?;
    // Before the transaction, because a hash takes a tenth of a second.
    let password_hash = match new.password.take() {
        Some(password) => Some(password::hash_new(password).await?),
        None => None,
    };
    let mut txn = service.begin_write().await?;
    if let Some(id) = new.organization
        && !is_organization(&txn, actor, id).await?
    {
        return Ok(Saved::NoSuchOrganization);
    }
    if let Some(id) = new.id
        && customers::Entity::find_by_id(id).one(txn.conn()).await?.is_some()
    {
        let is_same = lock_by_email(&txn, actor, &new.email).await?.is_some();
        let taken = || Error::invalid("id", "This id is taken. Leave it out, or import the object once.");
        return if is_same { Ok(Saved::DuplicateEmail) } else { Err(taken()) };
    }
    let row = customers::Model { password_hash, ..row(&txn, actor, &new) };
    match insert_row(&txn, &row).await {
        Ok(true) => {}
        Ok(false) => return Ok(Saved::DuplicateEmail),
        // The organization was deleted meanwhile.
        Err(Error::Database(error)) if is_missing_reference(&error) => return Ok(Saved::NoSuchOrganization),
        Err(error) => return Err(error),
    }
    let id = CustomerId(row.id);
    metadata::merge(&txn, actor.account, id, new.metadata).await?;
    tag::set_for_customer(&mut txn, actor, id, &new.tags).await?;
    let entry = AuditEvent::customer(Event::CustomerCreated, id);
    txn.record_of_customer(actor, id, AuditEvent { detail: label(&row), ..entry });
    let created = record(txn.conn(), actor.account, row).await?;
    txn.commit().await?;
    Ok(Saved::Saved(Box::new(created)))
}

fn row(txn: &WriteTxn, actor: &Actor, new: &NewCustomer) -> customers::Model {
    let blank = new_row(txn, actor, None, Some(&new.email));
    let created_at = new.created_at.map_or(blank.created_at, Timestamp::millis);
    let name = new.name.joined();
    customers::Model {
        id: new.id.unwrap_or(blank.id),
        created_at,
        updated_at: new.updated_at.map_or(created_at, Timestamp::millis),
        terms_version: terms_version(!name.is_empty()),
        name: Some(name).filter(|name| !name.is_empty()),
        first_name: Some(new.name.first.clone()),
        last_name: Some(new.name.last.clone()),
        company: Some(new.company.clone()).filter(|company| !company.is_empty()),
        organization_id: new.organization.map(|id| id.0),
        role: new.role.as_str().to_owned(),
        portal_access: new.portal_access,
        ..blank
    }
}

/// Returns whether the account has an organization.
pub(super) async fn is_organization(txn: &WriteTxn, actor: &Actor, id: OrganizationId) -> Result<bool> {
    match scope::organization(txn.conn(), actor.account, id).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}
