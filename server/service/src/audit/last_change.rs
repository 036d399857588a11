//! The last change of an object, for a member whose form was outdated by it.

use domain::event::Event;
use domain::mail_template::TemplateKind;
use domain::permission::Permission;
use domain::{CustomerId, LicenseId, LicenseTemplateId, ProductId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::filter::CHANGES;
use crate::store::entity::audit_entries::{Column, Entity, Model};
use crate::store::entity::license_templates;
use crate::{Actor, Result, Service, random};

/// Entries of this age are not read, in days: no form is open for longer.
const MAX_AGE_DAYS: i64 = 1;
/// Most entries that are read. An account has few templates, and changes of them are rare.
const MAX_ENTRIES: u64 = 50;

/// The object of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangedObject {
    /// A license.
    License(LicenseId),
    /// A product.
    Product(ProductId),
    /// A customer.
    Customer(CustomerId),
    /// The settings of the account.
    Account,
    /// The template of a mail.
    Template(TemplateKind),
    /// A license template.
    LicenseTemplate(LicenseTemplateId),
}

/// The last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastChange {
    /// The name of the member or API token.
    pub by: String,
    /// The time.
    pub at: Timestamp,
}

/// Returns the last change of an object by one of the events, after `since` and within a day. `None` if the audit
/// log has none, or the object is not in the account.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "audit.last_change", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn last_change(
    service: &Service,
    actor: &Actor,
    object: ChangedObject,
    events: &[Event],
    since: Option<Timestamp>,
) -> Result<Option<LastChange>> {
    actor.require(Permission::Read)?;
    let oldest = service.now().plus_days(-MAX_AGE_DAYS);
    let since = since.map_or(oldest, |since| since.max(oldest));
    let find = Entity::find()
        .filter(Column::Id.gte(random::first_id_at(since)))
        // The condition of the partial indexes, which hold no activations.
        .filter(Expr::cust(CHANGES))
        .filter(Column::Action.is_in(events.iter().map(|event| event.as_str())));
    // Of an object, the account is compared afterwards: with it in the condition, planners may read all entries of
    // the account.
    let find = match object {
        ChangedObject::License(id) => find.filter(Column::LicenseId.eq(id.0)),
        ChangedObject::Product(id) => find.filter(Column::ProductId.eq(id.0)),
        ChangedObject::Customer(id) => find.filter(Column::CustomerId.eq(id.0)),
        ChangedObject::Account | ChangedObject::Template(_) | ChangedObject::LicenseTemplate(_) => {
            find.filter(Column::AccountId.eq(actor.account.0))
        }
    };
    let rows = find.order_by_desc(Column::Id).limit(MAX_ENTRIES).all(service.store.read()).await?;
    let template = match object {
        ChangedObject::LicenseTemplate(id) => {
            license_templates::Entity::find_by_id(id.0).one(service.store.read()).await?
        }
        _ => None,
    };
    // No index has the detail, which names the template.
    let is_of_object = |row: &Model| match object {
        ChangedObject::Template(kind) => {
            row.detail.as_deref().is_some_and(|detail| detail.starts_with(&format!("{}: ", kind.label())))
        }
        ChangedObject::LicenseTemplate(_) => {
            template.as_ref().is_some_and(|template| row.detail.as_deref() == Some(template.name.as_str()))
        }
        _ => true,
    };
    let row = rows.into_iter().find(|row| row.account_id == actor.account.0 && is_of_object(row));
    Ok(row.map(|row| LastChange { by: row.actor_name, at: Timestamp::from_millis(row.created_at) }))
}
