//! Deletes a license template that nothing uses.

use domain::LicenseTemplateId;
use domain::event::Event;
use domain::permission::Permission;
use domain::webhook::Trigger;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::event::template_event;
use crate::product::has_followers;
use crate::store::change_sink::Change;
use crate::store::entity::{license_templates, licenses, products, shop_prices};
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// Deletes a template.
///
/// # Errors
/// [`Error::Conflict`] if a product or a license uses it. Also returns an error if the role lacks the permission,
/// the template does not exist, or the database fails.
#[tracing::instrument(name = "license_template.delete", skip_all, fields(account = %actor.account, template = %id), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: LicenseTemplateId) -> Result<()> {
    actor.require(Permission::WriteProduct)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license_template(&txn, actor.account, id, LockType::NoKeyUpdate).await?;
    if has_followers(&txn, actor, products::Column::TemplateId.eq(id.0)).await? {
        return Err(Error::Conflict("A product uses this license template.".into()));
    }
    let license: Option<Uuid> = licenses::Entity::find()
        .select_only()
        .column(licenses::Column::Id)
        .filter(licenses::Column::AccountId.eq(actor.account.0))
        .filter(licenses::Column::TemplateId.eq(id.0))
        .into_tuple()
        .one(txn.conn())
        .await?;
    if license.is_some() {
        return Err(Error::Conflict("A license uses this license template.".into()));
    }
    let price: Option<Uuid> = shop_prices::Entity::find()
        .select_only()
        .column(shop_prices::Column::Id)
        .filter(shop_prices::Column::TemplateId.eq(id.0))
        .into_tuple()
        .one(txn.conn())
        .await?;
    if price.is_some() {
        return Err(Error::Conflict("A price of a connected shop uses this license template.".into()));
    }
    let change = Change::of_object(actor.account, Trigger::Recorded(Event::LicenseTemplateDeleted), row.id);
    txn.capture(&[change]).await?;
    license_templates::Entity::delete_by_id(row.id).exec(txn.conn()).await?;
    txn.record(actor, template_event(Event::LicenseTemplateDeleted, &row));
    txn.commit().await
}
