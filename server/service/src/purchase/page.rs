//! The page of a connection, with its prices and its log.

use domain::purchase::ShopOutcome;
use domain::view::{ShopConnectionPage, ShopPriceView};
use domain::{LicenseTemplateId, Period, ShopConnectionId, ShopEventId, ShopPriceId};

use super::log::list_events;
use super::show::show;
use super::{scope, view};
use crate::license_template::{TemplateRecord, record};
use crate::store::entity::shop_prices;
use crate::{Actor, Result, Service};

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
    let rows = scope::prices(service.store.read(), id).await?;
    let mut used: Vec<_> = rows.iter().filter_map(|row| row.template_id).map(LicenseTemplateId).collect();
    used.sort_unstable();
    used.dedup();
    let templates = record::load_many(service.store.read(), actor.account, &used).await?;
    let prices = rows.into_iter().map(|row| price(row, &templates)).collect();
    let (events, older) = list_events(service, id, outcome, before).await?;
    Ok(ShopConnectionPage { connection, prices, events, older, mail_is_on: service.sends_mail() })
}

fn price(row: shop_prices::Model, templates: &[TemplateRecord]) -> ShopPriceView {
    let template = row.template_id.map(|id| {
        let known = templates.iter().find(|template| template.id.0 == id);
        known.map_or_else(|| id.to_string(), |template| template.name.clone())
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
