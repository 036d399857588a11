//! A simulator of shops: events in the form of each provider, signed by its documented scheme.

#![allow(clippy::needless_pass_by_value, reason = "objects are made for one event")]

use data_encoding::HEXLOWER;
use domain::purchase::{ShopProvider, ShopReaction, ShopSecret, ShopSettings};
use domain::view::ShopConnectionView;
use domain::{ShopConnectionId, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use service::Service;
use service::purchase::{self, NewShop, Received};
use sha2::Sha256;

use crate::Seller;

/// The signing secret of all shops of tests.
pub const SECRET: &str = "whsec_0123456789abcdef";

/// A body with the header that signs it.
#[derive(Clone)]
pub struct Signed {
    /// The provider that signs.
    pub provider: ShopProvider,
    /// The value of its header.
    pub header: String,
    /// The body.
    pub body: String,
}

/// Signs a body at a time, as the provider does.
pub fn sign(provider: ShopProvider, secret: &str, body: &Value, at: Timestamp) -> Signed {
    let (body, seconds) = (body.to_string(), at.seconds());
    let hmac = |text: String| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
        mac.update(text.as_bytes());
        HEXLOWER.encode(mac.finalize().into_bytes().as_ref())
    };
    let header = match provider {
        ShopProvider::Stripe => format!("t={seconds},v1={}", hmac(format!("{seconds}.{body}"))),
        ShopProvider::Paddle => format!("ts={seconds};h1={}", hmac(format!("{seconds}:{body}"))),
        ShopProvider::LemonSqueezy => hmac(body.clone()),
    };
    Signed { provider, header, body }
}

/// Settings that issue a license for every price, suspend after failed payments and refunds, and mail keys.
pub fn settings() -> ShopSettings {
    ShopSettings {
        name: domain::bounded_text::Name::parse("name", "Shop").expect("a name"),
        issues_unmapped: true,
        on_payment_failed: ShopReaction::Suspend,
        on_refund: ShopReaction::Suspend,
        on_cancellation: ShopReaction::Nothing,
        grace_days: 3,
        sends_keys: true,
        accepts_test_events: false,
    }
}

/// Connects a shop to the seller's product, with the secret of tests.
pub async fn connect(
    service: &Service,
    seller: &Seller,
    provider: ShopProvider,
    settings: ShopSettings,
) -> ShopConnectionView {
    let secret = Some(ShopSecret::parse("secret", SECRET).expect("a secret"));
    let new = NewShop { provider, product: seller.product.id, settings, secret };
    purchase::create(service, &seller.actor, new).await.expect("a connection")
}

/// Sends a signed event to the use case.
pub async fn send(service: &Service, id: ShopConnectionId, signed: &Signed) -> Received {
    let header = Some(signed.header.as_str());
    let received = purchase::receive(service, signed.provider, id, header, signed.body.as_bytes());
    received.await.expect("an answer")
}

/// An event of Stripe about an object.
pub fn stripe(id: &str, name: &str, created: i64, object: Value) -> Value {
    json!({
        "id": id, "object": "event", "api_version": "2025-04-30.basil", "created": created, "livemode": true,
        "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null}, "type": name,
        "data": {"object": object},
    })
}

/// An invoice of a subscription that was paid until a time, in seconds.
pub fn invoice(id: &str, reason: &str, subscription: &str, price: &str, paid_until: i64) -> Value {
    json!({
        "id": id, "object": "invoice", "billing_reason": reason, "status": "paid", "currency": "usd",
        "amount_paid": 900, "customer": "cus_1", "customer_email": "grace@navy.example",
        "customer_name": "Grace Hopper",
        "parent": {"type": "subscription_details", "subscription_details": {"subscription": subscription}},
        "lines": {"object": "list", "has_more": false, "data": [{
            "id": "il_1", "object": "line_item", "amount": 900, "quantity": 2,
            "period": {"start": paid_until - 2_592_000, "end": paid_until},
            "pricing": {"type": "price_details", "price_details": {"price": price, "product": "prod_1"}},
        }]},
    })
}

/// A checkout that is paid once.
pub fn checkout(id: &str, payment: &str, link: &str) -> Value {
    json!({
        "id": id, "object": "checkout.session", "mode": "payment", "payment_status": "paid", "status": "complete",
        "payment_intent": payment, "payment_link": link, "subscription": null, "invoice": null,
        "invoice_creation": {"enabled": false}, "customer": null, "metadata": {},
        "customer_details": {"email": "grace@navy.example", "name": "Grace Hopper"},
    })
}

/// An event of Paddle.
pub fn paddle(id: &str, name: &str, occurred_at: Timestamp, data: Value) -> Value {
    json!({
        "event_id": id, "event_type": name, "occurred_at": occurred_at.rfc3339_millis(),
        "notification_id": format!("ntf_{id}"), "data": data,
    })
}

/// A transaction of a subscription of Paddle.
pub fn transaction(id: &str, origin: &str, subscription: &str, ends_at: Timestamp) -> Value {
    json!({
        "id": id, "status": "completed", "customer_id": "ctm_1", "subscription_id": subscription, "origin": origin,
        "custom_data": null, "currency_code": "USD",
        "items": [{"price": {"id": "pri_1", "product_id": "pro_1"}, "quantity": 1}],
        "billing_period": {"starts_at": "2026-01-01T00:00:00Z", "ends_at": ends_at.rfc3339()},
    })
}

/// An event of Lemon Squeezy.
pub fn lemon_squeezy(name: &str, id: &str, updated_at: Timestamp, mut attributes: Value) -> Value {
    attributes["updated_at"] = json!(updated_at.rfc3339_millis());
    attributes["user_email"] = json!("grace@navy.example");
    attributes["user_name"] = json!("Grace Hopper");
    attributes["customer_id"] = json!(7);
    json!({
        "meta": {"event_name": name, "test_mode": false, "webhook_id": "4b1f"},
        "data": {"type": "objects", "id": id, "attributes": attributes},
    })
}
