//! The page of a connection, with its prices and its log.

use domain::purchase::ShopOutcome;
use domain::view::{ShopConnectionPage, ShopPriceView};
use domain::{Period, ShopConnectionId, ShopEventId, ShopPriceId};

use super::log::list_events;
use super::show::show;
use super::{scope, view};
use crate::store::entity::shop_prices;
use crate::{Actor, Result, Service, license_template};

/// Templates that a price can choose, the newest: more would make the page long.
const MAX_TEMPLATES: usize = 100;

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
    let templates = templates.into_iter().take(MAX_TEMPLATES).collect();
    let (events, older) = list_events(service, id, outcome, before).await?;
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
