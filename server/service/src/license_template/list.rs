//! Lists license templates, and shows one.

use domain::LicenseTemplateId;
use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;
use domain::view::ProductOption;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::record::{TemplateRecord, load_many, record};
use crate::product::options_of_rules;
use crate::store::entity::{license_templates, products};
use crate::store::filter::load_named_page;
use crate::{Actor, Error, Result, Service};

/// Returns a page of the account's templates.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "license_template.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<TemplateRecord>> {
    actor.require(Permission::Read)?;
    let rows =
        license_templates::Entity::find().filter(license_templates::Column::AccountId.eq(actor.account.0));
    let page = load_named_page(service.store.list_reader(), rows, request).await?;
    Ok(page.map(|row| record(&row)))
}

/// Returns a template.
///
/// # Errors
/// Returns an error if the role lacks the permission, the template does not exist, or the database fails.
#[tracing::instrument(name = "license_template.show", skip_all, fields(account = %actor.account, template = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: LicenseTemplateId) -> Result<TemplateRecord> {
    actor.require(Permission::Read)?;
    load_many(service.store.read(), actor.account, &[id]).await?.pop().ok_or(Error::NotFound)
}

/// Returns the products that use a template, the oldest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn products_of(
    service: &Service,
    actor: &Actor,
    id: LicenseTemplateId,
) -> Result<Vec<ProductOption>> {
    actor.require(Permission::Read)?;
    options_of_rules(service, actor, products::Column::TemplateId.eq(id.0)).await
}
