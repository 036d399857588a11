//! The prices of a connection, with what their licenses get.

use domain::event::Event;
use domain::permission::Permission;
use domain::purchase::{MAX_PRICES, PriceId, PriceTerms};
use domain::{ShopConnectionId, ShopPriceId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};

use super::audit_event::audit_event;
use super::scope;
use crate::error::is_missing_reference;
use crate::store::entity::{license_templates, shop_prices};
use crate::{Actor, Error, Result, Service, new_id};

/// Sets what the licenses of a price get. Replaces the former terms of the price; licenses keep what they have.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such connection, or the database fails; an
/// error of the field `template` if the account has no such template; [`Error::Conflict`] above 30 prices.
#[tracing::instrument(name = "purchase.set_price", skip_all, fields(account = %actor.account, connection = %id), err(level = "debug"))]
pub async fn set_price(
    service: &Service,
    actor: &Actor,
    id: ShopConnectionId,
    price: &PriceId,
    terms: PriceTerms,
) -> Result<()> {
    actor.require(Permission::ManageWebhooks)?;
    let mut txn = service.begin_write().await?;
    let connection = scope::lock_connection(&txn, actor.account, id).await?;
    let unknown_template = || Error::invalid("template", "This license template does not exist any more.");
    if let Some(template) = terms.template {
        let found = license_templates::Entity::find_by_id(template.0).one(txn.conn()).await?;
        found.filter(|row| row.account_id == actor.account.0).ok_or_else(unknown_template)?;
    }
    let prices = scope::prices(txn.conn(), id).await?;
    let stored = prices.iter().find(|row| row.price == price.as_str());
    if stored.is_none() && prices.len() as u64 >= MAX_PRICES {
        return Err(Error::Conflict(format!("A connection has at most {MAX_PRICES} prices.")));
    }
    let signed = |limit: domain::license::Limit| i32::try_from(limit.to_signed()).unwrap_or(i32::MAX);
    let row = shop_prices::Model {
        id: stored.map_or_else(new_id, |row| row.id),
        account_id: actor.account.0,
        connection_id: id.0,
        price: price.as_str().to_owned(),
        template_id: terms.template.map(|template| template.0),
        validity: terms.validity.map(|validity| validity.to_string()),
        machine_limit: terms.machine_limit.map(signed),
        domain_limit: terms.domain_limit.map(signed),
        created_at: stored.map_or_else(|| txn.now().millis(), |row| row.created_at),
    };
    if stored == Some(&row) {
        return Ok(());
    }
    let is_new = stored.is_none();
    let row = row.into_active_model().reset_all();
    let written = if is_new {
        shop_prices::Entity::insert(row).exec_without_returning(txn.conn()).await.map(drop)
    } else {
        shop_prices::Entity::update(row).exec(txn.conn()).await.map(drop)
    };
    written.map_err(|error| if is_missing_reference(&error) { unknown_template() } else { error.into() })?;
    let detail = format!("{}: price {}", connection.name, price.as_str());
    txn.record_about(actor, id.0, audit_event(Event::ShopConnectionUpdated, id.0, detail));
    txn.commit().await
}

/// Removes a price. Its licenses keep what they have; further purchases are handled as those of a price without terms.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such connection or the connection no such
/// price, or the database fails.
#[tracing::instrument(name = "purchase.remove_price", skip_all, fields(account = %actor.account, connection = %id), err(level = "debug"))]
pub async fn remove_price(
    service: &Service,
    actor: &Actor,
    id: ShopConnectionId,
    price: ShopPriceId,
) -> Result<()> {
    actor.require(Permission::ManageWebhooks)?;
    let mut txn = service.begin_write().await?;
    let connection = scope::lock_connection(&txn, actor.account, id).await?;
    let prices = scope::prices(txn.conn(), id).await?;
    let row = prices.into_iter().find(|row| row.id == price.0).ok_or(Error::NotFound)?;
    shop_prices::Entity::delete_many().filter(shop_prices::Column::Id.eq(row.id)).exec(txn.conn()).await?;
    let detail = format!("{}: price {} removed", connection.name, row.price);
    txn.record_about(actor, id.0, audit_event(Event::ShopConnectionUpdated, id.0, detail));
    txn.commit().await
}
