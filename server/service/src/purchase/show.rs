//! One connection, with its prices and its log.

use domain::ProductId;
use domain::permission::Permission;
use domain::purchase::ShopOutcome;
use domain::view::{ShopConnectionPage, ShopConnectionView, ShopPriceView};
use domain::{Period, ShopConnectionId, ShopEventId, ShopPriceId};

use super::{log, scope, view};
use crate::store::entity::shop_prices;
use crate::store::scope as account_scope;
use crate::{Actor, Result, Service, license_template};

/// Returns a connection.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such connection, or the database fails.
#[tracing::instrument(name = "purchase.show", skip_all, fields(account = %actor.account, connection = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: ShopConnectionId) -> Result<ShopConnectionView> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = scope::connection(db, actor.account, id).await?;
    let product = account_scope::product(db, actor.account, ProductId(row.product_id)).await?;
    view::connection(&row, &product.name)
}

/// Returns a connection with its prices, and its events that are older than `before`, the newest first; with one
/// outcome, if it is given.
///
/// # Errors
/// See [`show`].
pub async fn show_page(
    service: &Service,
    actor: &Actor,
    id: ShopConnectionId,
    outcome: Option<ShopOutcome>,
    before: Option<ShopEventId>,
) -> Result<ShopConnectionPage> {
    let connection = show(service, actor, id).await?;
    let templates = license_template::list_page(service, actor).await?;
    let templates: Vec<(String, String)> =
        templates.into_iter().map(|template| (template.id.to_string(), template.name)).collect();
    let rows = scope::prices(service.store.read(), id).await?;
    let prices = rows.into_iter().map(|row| price(row, &templates)).collect();
    let (events, older) = log::list_events(service, id, outcome, before).await?;
    Ok(ShopConnectionPage { connection, prices, templates, events, older, mail_is_on: service.sends_mail() })
}

fn price(row: shop_prices::Model, templates: &[(String, String)]) -> ShopPriceView {
    let template = row.template_id.map(|id| {
        let id = id.to_string();
        templates.iter().find(|(known, _)| *known == id).map_or(id, |(_, name)| name.clone())
    });
    ShopPriceView {
        id: ShopPriceId(row.id),
        price: row.price,
        template,
        validity: view::validity(row.validity.as_deref()).map(Period::label),
        machine_limit: view::limit(row.machine_limit).map(|limit| limit.to_string()),
        domain_limit: view::limit(row.domain_limit).map(|limit| limit.to_string()),
    }
}
