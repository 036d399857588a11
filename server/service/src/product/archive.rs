//! Archives a product, and restores it.

use domain::ProductId;
use domain::event::Event;
use domain::permission::Permission;
use domain::product::{Availability, AvailabilityError};
use domain::view::ProductView;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::changes::product_changes;
use super::event::product_event;
use crate::store::{convert, scope};
use crate::{Actor, Result, Service};

/// Archives a product: no license can be issued for it, and no trial started. Its licenses and trials go on as
/// before.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist or is archived already, or
/// the database fails.
#[tracing::instrument(name = "product.archive", skip_all, fields(account = %actor.account, product = %id), err(level = "debug"))]
pub async fn archive(service: &Service, actor: &Actor, id: ProductId) -> Result<ProductView> {
    actor.require(Permission::WriteProduct)?;
    let now = service.now();
    transition(service, actor, id, Event::ProductArchived, |product| product.archive(now)).await
}

/// Restores an archived product, so that it gets licenses and trials again.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist or is not archived, or the
/// database fails.
#[tracing::instrument(name = "product.restore", skip_all, fields(account = %actor.account, product = %id), err(level = "debug"))]
pub async fn restore(service: &Service, actor: &Actor, id: ProductId) -> Result<ProductView> {
    actor.require(Permission::WriteProduct)?;
    transition(service, actor, id, Event::ProductRestored, Availability::restore).await
}

async fn transition(
    service: &Service,
    actor: &Actor,
    id: ProductId,
    event: Event,
    rule: impl FnOnce(Availability) -> Result<Availability, AvailabilityError>,
) -> Result<ProductView> {
    let mut txn = service.begin_write().await?;
    let row = scope::lock_product(&txn, actor.account, id).await?;
    let availability = rule(convert::availability(&row))?;
    let mut update = row.clone().into_active_model();
    update.archived_at = Set(availability.archived_at.map(domain::Timestamp::millis));
    update.updated_at = Set(service.now().millis());
    let former = row;
    let row = update.update(txn.conn()).await?;
    txn.record(actor, product_event(event, &row).changes(product_changes(&former, &row)));
    txn.commit().await?;
    Ok(convert::product_view(row))
}
