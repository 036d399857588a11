//! Purchases: events of shops issue and change licenses, once, in any order.

mod buyers;
mod chargebacks;
mod isolation;
mod items;
mod lemon_squeezy;
mod lifecycle;
mod order;
mod periods;
mod race;
mod refunds;
mod retention;
mod secrets;
mod settings;
mod suspended;
mod test_mode;
mod unreadable;

use domain::purchase::{ShopOutcome, ShopProvider};
use domain::view::{LicenseQuery, LicenseView, ShopEventRow};
use domain::{LicenseId, ShopConnectionId, Timestamp};
use serde_json::Value;
use service::purchase::{self, Received};
use service::{Clock, Service};
use test_support::shop::{SECRET, invoice, lemon_squeezy, paddle, send, sign, stripe};
use test_support::{Seller, TestDatabase, seller};

/// The time at which tests begin, in seconds.
pub const START: i64 = 1_800_000_000;
/// A month of thirty days, in seconds.
pub const MONTH: i64 = 2_592_000;

/// A seller on a service whose clock stands.
pub async fn open(db: &TestDatabase) -> (Service, Clock, Seller) {
    let clock = Clock::manual(Timestamp::from_millis(START * 1000));
    let service = db.open_at(clock.clone()).await;
    let ada = seller(&service, "ada").await;
    (service, clock, ada)
}

/// Signs an event of Stripe now and sends it.
pub async fn stripe_event(
    service: &Service,
    shop: ShopConnectionId,
    (id, name): (&str, &str),
    created: i64,
    object: Value,
) -> Received {
    let body = stripe(id, name, created, object);
    send(service, shop, &sign(ShopProvider::Stripe, SECRET, &body, service.now())).await
}

/// Signs an event of Paddle now and sends it.
pub async fn paddle_event(
    service: &Service,
    shop: ShopConnectionId,
    (id, name): (&str, &str),
    occurred_at: Timestamp,
    data: Value,
) -> Received {
    let body = paddle(id, name, occurred_at, data);
    send(service, shop, &sign(ShopProvider::Paddle, SECRET, &body, service.now())).await
}

/// Signs an event of Lemon Squeezy that happens now, and sends it.
pub async fn lemon_event(
    service: &Service,
    shop: ShopConnectionId,
    (name, id): (&str, &str),
    attributes: Value,
) -> Received {
    let body = lemon_squeezy(name, id, service.now(), attributes);
    send(service, shop, &sign(ShopProvider::LemonSqueezy, SECRET, &body, service.now())).await
}

/// Returns the newest event of the log.
pub async fn newest(service: &Service, seller: &Seller, shop: ShopConnectionId) -> ShopEventRow {
    let page = purchase::show_page(service, &seller.actor, shop, None, None).await.unwrap();
    page.events.into_iter().next().expect("an event")
}

/// Pays an invoice of the subscription `sub_1`.
pub async fn pay(
    service: &Service,
    shop: ShopConnectionId,
    (event, number, reason): (&str, &str, &str),
    created: i64,
    paid_until: i64,
) -> Received {
    let object = invoice(number, reason, "sub_1", "price_1", paid_until);
    stripe_event(service, shop, (event, "invoice.paid"), created, object).await
}

/// Returns the account's licenses, the newest first.
pub async fn licenses(service: &Service, seller: &Seller) -> Vec<LicenseId> {
    let page = service::license::list(service, &seller.actor, &LicenseQuery::default()).await.unwrap();
    page.items.iter().map(|row| row.id).collect()
}

/// Returns the account's one license.
pub async fn the_license(service: &Service, seller: &Seller) -> LicenseView {
    let ids = licenses(service, seller).await;
    assert_eq!(ids.len(), 1, "one license");
    service::license::show(service, &seller.actor, ids[0]).await.unwrap()
}

/// Returns names and outcomes of the log, the newest first.
pub async fn outcomes(
    service: &Service,
    seller: &Seller,
    shop: ShopConnectionId,
) -> Vec<(String, ShopOutcome)> {
    let page = purchase::show_page(service, &seller.actor, shop, None, None).await.unwrap();
    page.events.into_iter().map(|event| (event.name, event.outcome)).collect()
}
