//! Pages of webhooks, without JavaScript.

use test_support::receiver::{Answer, HttpReceiver};
use test_support::{Seller, license, on_both_databases, seller};

use super::Browser;
use crate::test_app::TestApp;
use crate::webhook::{enable, loopback_settings};

/// Makes a webhook whose receiver is gone, and sends it a test. Returns the paths of the webhook and the delivery.
pub async fn tested_webhook(app: &TestApp, seller: &Seller) -> (String, String) {
    use domain::webhook::{SignatureScheme, Subscriptions, WebhookName, WebhookSettings, WebhookUrl};
    enable(&app.service);
    let receiver = HttpReceiver::start().await;
    let settings = WebhookSettings {
        name: WebhookName::parse("name", "Shop").expect("a name"),
        url: WebhookUrl::parse(&receiver.url(), app.service.webhook_targets().expect("targets"))
            .expect("an address"),
        is_enabled: true,
        events: Subscriptions::parse(["license.*"]).expect("events"),
        scheme: SignatureScheme::V3,
    };
    let made =
        service::webhook::create(&app.service, &seller.actor, settings, None).await.expect("a webhook");
    let sent = service::webhook::send_test(&app.service, &seller.actor, made.webhook.id, None)
        .await
        .expect("a test");
    let webhook = format!("/settings/webhooks/{}", made.webhook.id);
    (webhook, format!("/settings/webhooks/deliveries/{}", sent.delivery))
}

on_both_databases! {
    async fn a_webhook_is_made_tested_changed_and_deleted(db: TestDatabase) {
        let app = TestApp::with(db, loopback_settings()).await;
        enable(&app.service);
        let ada = seller(&app.service, "ada").await;
        let receiver = HttpReceiver::start().await;
        let mut browser = Browser::of(&app, &ada).await;
        let url = receiver.url();
        let mut fields = vec![
            ("name", "Shop <b>"), ("url", "https://10.0.0.1/"), ("scheme", "v3"), ("enabled", "on"), ("secret", ""),
            ("domainActivation.*", "on"), ("license.created", "on"),
        ];
        browser.submit("/settings/webhooks/new", "/_fn/create_webhook", &fields).await;
        let page = browser.get("/settings/webhooks/new").await.text;
        assert!(page.contains("This server may not call that address"), "{page}");
        assert!(page.contains("Shop &lt;b&gt;") && page.matches("checked").count() >= 3, "{page}");
        fields[1].1 = &url;
        let made = browser.submit("/settings/webhooks/new", "/_fn/create_webhook", &fields).await;
        let path = made.header("location").to_owned();
        assert!(path.starts_with("/settings/webhooks/"), "{path}: {}", made.text);
        let page = browser.get(&path).await.text;
        assert!(page.contains("whsec_") && page.contains("domainActivation.*"), "{page}");
        assert!(!browser.get(&path).await.text.contains("whsec_"), "the secret is shown once");

        let id = path.rsplit('/').next().unwrap().to_owned();
        let sent = browser.submit(&path, "/_fn/test_webhook", &[("id", &id)]).await;
        let delivery = sent.header("location").to_owned();
        let page = browser.get(&delivery).await.text;
        assert!(page.contains("HTTP 200") && page.contains("answer 200") && page.contains("license.created"), "{page}");
        let payload = page.split("Payload</h2>").nth(1).unwrap_or_else(|| panic!("no payload: {page}"));
        let places = ["event", "data", "triggeredAt"].map(|name| payload.find(name).expect("a property"));
        assert!(places.is_sorted(), "in the order in which it was sent: {payload}");

        let (_, key) = license(&app.service, &ada, 1).await;
        service::webhook::Dispatcher::new(&app.service).unwrap().run_until_idle().await.unwrap();
        receiver.answer([Answer::Status(500)]);
        app.json("/activate", key.expose(), "a.com").await;
        service::webhook::Dispatcher::new(&app.service).unwrap().run_until_idle().await.unwrap();
        assert!(browser.get("/").await.text.contains("Failing webhooks"));
        let page = browser.get(&format!("{path}?state=pending")).await.text;
        assert!(page.contains("domainActivation.created") && !page.contains("license.created</a>"), "{page}");
        let again = browser.submit(&delivery, "/_fn/retry_webhook_delivery", &[("id", delivery.rsplit('/').next().unwrap())]).await;
        assert_eq!(again.status, 303);
        assert!(browser.get(&delivery).await.text.contains("Waiting"));

        let rotated = browser.submit(&path, "/_fn/rotate_webhook_secret", &[("id", &id), ("overlap_hours", "24")]).await;
        assert_eq!(rotated.header("location"), path);
        assert!(browser.get(&path).await.text.contains("whsec_"));
        fields[0].1 = "Renamed";
        fields.push(("id", &id));
        let edit = format!("{path}/edit");
        browser.submit(&edit, "/_fn/change_webhook", &fields).await;
        assert!(browser.get("/settings/webhooks").await.text.contains("Renamed"));
        let deleted = browser.submit(&path, "/_fn/delete_webhook", &[("id", &id)]).await;
        assert_eq!(deleted.header("location"), "/settings/webhooks");
        assert_eq!(browser.get(&path).await.status, 404);
    }

    async fn webhooks_of_another_seller_look_missing(db: TestDatabase) {
        let app = TestApp::with(db, loopback_settings()).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let (webhook, delivery) = tested_webhook(&app, &ada).await;
        let mut browser = Browser::of(&app, &eve).await;
        for path in [webhook.clone(), format!("{webhook}/edit"), delivery.clone()] {
            let page = browser.get(&path).await;
            assert_eq!(page.status, 404, "{path}");
            assert!(!page.text.contains("Shop"), "{path}");
        }
        assert!(!browser.get("/settings/webhooks").await.text.contains("Shop"));
        let (id, delivery) = (webhook.rsplit('/').next().unwrap(), delivery.rsplit('/').next().unwrap());
        let fields = [("name", "x"), ("url", "https://x.example/"), ("scheme", "v3"), ("license.*", "on")];
        let change: Vec<(&str, &str)> = [("id", id)].into_iter().chain(fields).collect();
        for (function, fields) in [
            ("webhook", vec![("id", id)]),
            ("webhook_settings", vec![("id", id)]),
            ("webhook_delivery", vec![("id", delivery)]),
            ("change_webhook", change),
            ("resume_webhook", vec![("id", id)]),
            ("rotate_webhook_secret", vec![("id", id), ("overlap_hours", "0")]),
            ("test_webhook", vec![("id", id)]),
            ("delete_webhook", vec![("id", id)]),
            ("retry_webhook_delivery", vec![("id", delivery)]),
        ] {
            let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let request = http::Request::post(format!("/_fn/{function}"))
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded");
            let response = browser.send(request, form.into()).await;
            assert_eq!(response.status, 404, "{function}: {}", response.text);
        }
    }
}
