//! `/hooks/{provider}/{connection}`: a simulator signs events as the providers do, and posts them.

use axum::body::Body;
use domain::purchase::ShopProvider;
use domain::{ShopConnectionId, Timestamp};
use http::Request;
use serde_json::{Value, json};
use server::config::{Config, Switch};

use super::examples::SHOP_TAG;
use crate::test_app::{TestApp, TestResponse};
use test_support::shop::{
    SECRET, Signed, checkout, connect, invoice, lemon_squeezy, paddle, settings, sign, stripe, transaction,
};
use test_support::{TestDatabase, on_both_databases, seller};

const RECEIVED: (u16, &str) = (200, r#"{"received":true}"#);

async fn post(app: &TestApp, id: ShopConnectionId, signed: &Signed) -> TestResponse {
    let request = Request::post(format!("/hooks/{}/{id}", signed.provider))
        .header("content-type", "application/json")
        .header(signed.provider.signature_header(), &signed.header);
    app.send(request.body(Body::from(signed.body.clone())).expect("a request")).await
}

async fn license_count(app: &TestApp, seller: &test_support::Seller) -> usize {
    let query = domain::view::LicenseQuery::default();
    service::license::list(&app.service, &seller.actor, &query).await.unwrap().items.len()
}

fn now(app: &TestApp) -> Timestamp {
    app.service.now()
}

on_both_databases! {
    async fn events_of_each_provider_issue_a_license_once(db: TestDatabase) {
        let app = TestApp::new(db).await;
        for (provider, name) in
            [(ShopProvider::Stripe, "sue"), (ShopProvider::Paddle, "pat"), (ShopProvider::LemonSqueezy, "lee")]
        {
            let ada = seller(&app.service, name).await;
            let shop = connect(&app.service, &ada, provider, settings()).await.id;
            let end = now(&app).plus_days(30);
            let body = match provider {
                ShopProvider::Stripe => {
                    let paid = invoice("in_1", "subscription_create", "sub_1", "price_1", end.seconds());
                    stripe("evt_1", "invoice.paid", now(&app).seconds(), paid)
                }
                ShopProvider::Paddle => {
                    paddle("evt_1", "transaction.completed", now(&app), transaction("txn_1", "web", "sub_1", end))
                }
                ShopProvider::LemonSqueezy => {
                    let attributes = json!({"status": "active", "order_id": 1, "variant_id": 42, "renews_at": end.rfc3339()});
                    lemon_squeezy("subscription_created", "9", now(&app), attributes)
                }
            };
            for _ in 0..3 {
                let signed = sign(provider, SECRET, &body, now(&app));
                assert_eq!(post(&app, shop, &signed).await.status_and_body(), RECEIVED, "{provider}");
            }
            assert_eq!(license_count(&app, &ada).await, 1, "{provider}");
        }
    }

    async fn a_signed_event_of_a_suspended_seller_is_taken(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let olga = test_support::new_operator(&app.service, "olga").await;
        let by = service::account::member(&app.service, olga.user, None).await.unwrap();
        let reason = domain::license::Reason::parse("reason", "Not paid").unwrap();
        let shops = [
            (ShopProvider::Stripe, stripe("evt_1", "checkout.session.completed", now(&app).seconds(), checkout("cs_1", "pi_1", "plink_1"))),
            (ShopProvider::Paddle, paddle("evt_1", "transaction.completed", now(&app), transaction("txn_1", "web", "sub_1", now(&app).plus_days(30)))),
            (ShopProvider::LemonSqueezy, lemon_squeezy("order_created", "1", now(&app), json!({
                "status": "paid", "first_order_item": {"variant_id": 42, "quantity": 1},
            }))),
        ];
        let mut signed = Vec::new();
        for (provider, body) in shops {
            let shop = connect(&app.service, &ada, provider, settings()).await.id;
            signed.push((shop, sign(provider, SECRET, &body, now(&app))));
        }
        service::operator::suspend_seller(&app.service, &by, ada.account, &reason, false).await.unwrap();
        for (shop, event) in &signed {
            assert_eq!(post(&app, *shop, event).await.status_and_body(), RECEIVED, "{}", event.provider);
        }
        assert_eq!(license_count(&app, &ada).await, 0);
        service::operator::reinstate_seller(&app.service, &by, ada.account).await.unwrap();
        assert_eq!(service::purchase::apply_deferred(&app.service).await.unwrap(), 3);
        assert_eq!(license_count(&app, &ada).await, 3);
    }

    async fn what_is_not_signed_is_refused_without_a_reason(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let shop = connect(&app.service, &ada, ShopProvider::Stripe, settings()).await.id;
        let body = stripe("evt_1", "checkout.session.completed", now(&app).seconds(), checkout("cs_1", "pi_1", "plink_1"));
        let good = sign(ShopProvider::Stripe, SECRET, &body, now(&app));
        let old = sign(ShopProvider::Stripe, SECRET, &body, now(&app).plus_seconds(-400));
        let other = sign(ShopProvider::Stripe, "another", &body, now(&app));
        let empty = Signed { header: String::new(), ..good.clone() };
        let changed = Signed { body: good.body.replace("plink_1", "plink_2"), ..good.clone() };
        let mut texts = Vec::new();
        for signed in [old, other, empty, changed] {
            let response = post(&app, shop, &signed).await;
            assert_eq!(response.status, 401);
            texts.push(response.text);
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "all answers are alike: {texts:?}");
        assert!(texts[0].contains("invalid_signature"));
        assert_eq!(license_count(&app, &ada).await, 0);
        let unknown = ShopConnectionId(service::new_id());
        assert_eq!(post(&app, unknown, &good).await.status, 404);
        let elsewhere = app.post(&format!("/hooks/gumroad/{shop}"), "application/json", good.body.clone()).await;
        assert_eq!(elsewhere.status, 404);
        let no_id = app.post("/hooks/stripe/x", "application/json", good.body.clone()).await;
        assert_eq!(no_id.status, 404);
        assert_eq!(app.get(&format!("/hooks/stripe/{shop}")).await.status, 405);
        let large = sign(ShopProvider::Stripe, SECRET, &json!({"x": "y".repeat(256 * 1024)}), now(&app));
        assert_eq!(post(&app, shop, &large).await.status, 413);
        let no_event = sign(ShopProvider::Stripe, SECRET, &json!({"hello": "world"}), now(&app));
        assert_eq!(post(&app, shop, &no_event).await.status_and_body(), RECEIVED, "it is logged");
        let unsigned = Signed { header: good.header.clone(), ..no_event };
        assert_eq!(post(&app, shop, &unsigned).await.status, 401);
        assert_eq!(post(&app, shop, &good).await.status_and_body(), RECEIVED);
    }
}

#[tokio::test]
async fn requests_are_limited_for_each_connection_and_client() {
    let app =
        TestApp::with(TestDatabase::sqlite(), Config { rate_limits: Switch::On, ..Config::default() }).await;
    let ada = seller(&app.service, "ada").await;
    let eve = seller(&app.service, "eve").await;
    let shop = connect(&app.service, &ada, ShopProvider::Stripe, settings()).await.id;
    let other = connect(&app.service, &eve, ShopProvider::Stripe, settings()).await.id;
    let signed = |secret: &str, event: &str| {
        let object = checkout("cs_1", "pi_1", "plink_1");
        let body = stripe(event, "checkout.session.completed", now(&app).seconds(), object);
        sign(ShopProvider::Stripe, secret, &body, now(&app))
    };
    // A request without a valid signature counts as ten of the 600.
    for _ in 0..60 {
        assert_eq!(post(&app, shop, &signed("wrong", "evt_1")).await.status, 401);
    }
    let refused = post(&app, shop, &signed(SECRET, "evt_1")).await;
    assert_eq!(refused.status, 429);
    assert!(refused.text.contains("rate_limit_exceeded") && !refused.header("retry-after").is_empty());
    // More than 60 events of another seller come from the same address.
    for n in 0..70 {
        let response = post(&app, other, &signed(SECRET, &format!("evt_{n}"))).await;
        assert_eq!(response.status_and_body(), RECEIVED, "{n}");
    }
    // The provider reaches the first seller from another address.
    let signed = signed(SECRET, "evt_1");
    let request = Request::post(format!("/hooks/stripe/{shop}"))
        .header("content-type", "application/json")
        .header(signed.provider.signature_header(), &signed.header);
    let request = request.body(Body::from(signed.body)).expect("a request");
    assert_eq!(app.send_from("198.51.100.7:1234", request).await.status_and_body(), RECEIVED);
}

#[tokio::test]
async fn events_are_answered_as_documented() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let document: Value = serde_json::from_str(server::api::openapi::document()).unwrap();
    for provider in ShopProvider::ALL {
        let shop = connect(&app.service, &ada, provider, settings()).await.id;
        let operation = &document["paths"][format!("/hooks/{provider}/{{connection}}")]["post"];
        assert_eq!(operation["tags"][0], SHOP_TAG);
        let event = &operation["requestBody"]["content"]["application/json"]["example"];
        let good = sign(provider, SECRET, event, now(&app));
        let unsigned = Signed { header: String::new(), ..good.clone() };
        let no_event = sign(provider, SECRET, &json!({"hello": "world"}), now(&app));
        let large = sign(provider, SECRET, &json!({"x": "y".repeat(256 * 1024)}), now(&app));
        let unknown = ShopConnectionId(service::new_id());
        for (id, signed, status) in [
            (shop, &good, "200"),
            (shop, &no_event, "200"),
            (shop, &unsigned, "401"),
            (unknown, &good, "404"),
            (shop, &large, "413"),
        ] {
            let response = post(&app, id, signed).await;
            assert_eq!(response.status.as_str(), status, "{provider}: {}", response.text);
            let body: Value = serde_json::from_str(&response.text).unwrap();
            let examples = &operation["responses"][status]["content"]["application/json"]["examples"];
            let name = body["error"].as_str().unwrap_or("received");
            assert_eq!(examples[name]["value"], body, "{provider} {status}");
        }
    }
}

#[tokio::test]
async fn addresses_of_no_connection_are_limited() {
    let app =
        TestApp::with(TestDatabase::sqlite(), Config { rate_limits: Switch::On, ..Config::default() }).await;
    let path = format!("/hooks/stripe/{}", service::new_id());
    for _ in 0..60 {
        assert_eq!(app.post(&path, "application/json", "{}").await.status, 404);
    }
    assert_eq!(app.post(&path, "application/json", "{}").await.status, 429);
}

#[tokio::test]
async fn invented_connections_share_a_window_and_leave_real_ones_open() {
    let app =
        TestApp::with(TestDatabase::sqlite(), Config { rate_limits: Switch::On, ..Config::default() }).await;
    let ada = seller(&app.service, "ada").await;
    let shop = connect(&app.service, &ada, ShopProvider::Stripe, settings()).await.id;
    let body = stripe(
        "evt_1",
        "checkout.session.completed",
        now(&app).seconds(),
        checkout("cs_1", "pi_1", "plink_1"),
    );
    let signed = sign(ShopProvider::Stripe, SECRET, &body, now(&app));
    let mut statuses = Vec::new();
    for _ in 0..61 {
        statuses.push(post(&app, ShopConnectionId(service::new_id()), &signed).await.status.as_u16());
    }
    assert_eq!(statuses[..60], [404; 60]);
    assert_eq!(statuses[60], 429, "another id is no other window");
    // The shop has another provider: no connection of Paddle is at its address.
    let elsewhere = app.post(&format!("/hooks/paddle/{shop}"), "application/json", "{}").await;
    assert_eq!(elsewhere.status, 429);
    assert_eq!(post(&app, shop, &signed).await.status_and_body(), RECEIVED);
}
