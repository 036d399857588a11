//! Creates organizations.

use domain::event::Event;
use domain::organization::Organization;
use domain::permission::Permission;
use domain::{Timestamp, text_key};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use uuid::Uuid;

use super::Saved;
use super::changes::set_columns;
use super::record::record;
use crate::store::AuditEvent;
use crate::store::entity::organizations;
use crate::{Actor, Error, Result, Service, new_id};

/// An organization to create.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// What is stored of it.
    pub organization: Organization,
    /// The id of an import.
    pub id: Option<Uuid>,
    /// The time of an import.
    pub created_at: Option<Timestamp>,
    /// The time of an import.
    pub updated_at: Option<Timestamp>,
}

impl From<Organization> for NewOrganization {
    fn from(organization: Organization) -> Self {
        Self { organization, id: None, created_at: None, updated_at: None }
    }
}

/// Creates an organization. Of several requests with one name at once, one creates it.
///
/// # Errors
/// Returns an error if the role lacks the permission, the id of an import is taken, or the database fails.
#[tracing::instrument(name = "organization.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(service: &Service, actor: &Actor, new: NewOrganization) -> Result<Saved> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let (id, now) = (new.id.unwrap_or_else(new_id), txn.now());
    let created_at = new.created_at.unwrap_or(now);
    let mut row = organizations::ActiveModel {
        id: Set(id),
        account_id: Set(actor.account.0),
        created_at: Set(created_at.millis()),
        updated_at: Set(new.updated_at.unwrap_or(created_at).millis()),
        ..Default::default()
    };
    set_columns(&mut row, &new.organization);
    let conflict = OnConflict::new().do_nothing().to_owned();
    let inserted =
        organizations::Entity::insert(row).on_conflict(conflict).exec_without_returning(txn.conn()).await?;
    let found = organizations::Entity::find()
        .filter(organizations::Column::AccountId.eq(actor.account.0))
        .filter(organizations::Column::NameKey.eq(text_key::key(new.organization.name.as_str())))
        .one(txn.conn())
        .await?;
    match found {
        Some(row) if inserted > 0 => {
            let entry = AuditEvent::object(Event::OrganizationCreated, "organization_id", id);
            txn.record(actor, entry.detail(row.name.clone()));
            txn.commit().await?;
            Ok(Saved::Saved(Box::new(record(row))))
        }
        Some(_) => Ok(Saved::DuplicateName),
        None => Err(Error::invalid("id", "This id is taken. Leave it out, or import the object once.")),
    }
}
