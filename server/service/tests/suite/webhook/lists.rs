//! Filters of webhooks and of their log: each is compared with an evaluation of all rows in memory.

use std::sync::Arc;

use domain::filter::{FieldKind, FilterField, ListRequest};
use domain::view::{WebhookLogEntry, WebhookView};
use domain::webhook::{WebhookName, WebhookSettings};
use service::webhook;

use super::{Receiver, URL, activate_domains, advance, clock, deliver, enable, make, settings, status};
use crate::agreement::{Memory, Row, SortKey, whole};
use test_support::{license, on_both_databases, seller};

static FIELDS: [FilterField; 8] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::text("name"),
    FilterField::text("url"),
    FilterField::boolean("enabled"),
    FilterField::boolean("active"),
    FilterField::new("status", FieldKind::Enumeration(&["healthy", "unhealthy", "suspended"])),
];
static LOG_FIELDS: [FilterField; 8] = [
    FilterField::id("id"),
    FilterField::time("createdAt"),
    FilterField::time("updatedAt"),
    FilterField::id("webhookId"),
    FilterField::id("eventId"),
    FilterField::text("event"),
    FilterField::new("status", FieldKind::Enumeration(&["pending", "succeeded", "failed", "skipped"])),
    FilterField::integer("statusCode"),
];

fn row(webhook: &WebhookView) -> Row {
    Row::new(webhook.id.0)
        .time("createdAt", Some(webhook.created_at))
        .time("updatedAt", Some(webhook.updated_at))
        .text("name", webhook.name.clone())
        .ordered("name", SortKey::Text(webhook.name.to_ascii_lowercase()))
        .text("url", webhook.url.clone())
        .switch("enabled", webhook.is_enabled)
        .switch("active", webhook.is_enabled)
        .text("status", webhook.status.as_str())
}

fn log_row(entry: &WebhookLogEntry) -> Row {
    let attempt = &entry.attempt;
    let order = SortKey::Number(attempt.created_at.millis());
    let row = Row::new(attempt.id.0)
        .time("createdAt", Some(attempt.created_at))
        .time("updatedAt", Some(attempt.updated_at))
        .ordered("updatedAt", order)
        .ids("webhookId", [entry.webhook.0])
        .ids("eventId", [entry.delivery.0])
        .text("event", entry.event.clone())
        .text("status", attempt.state.as_str());
    match attempt.status_code {
        Some(code) => row.number("statusCode", i64::from(code)),
        None => row,
    }
}

on_both_databases! {
    async fn every_filter_of_webhooks_agrees_with_memory(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        enable(&service, &receiver);
        for (n, name) in ["Shop", "shop_2", "100 %", "Ölmühle", "ölmühle 2", "a!b", "Z"].into_iter().enumerate() {
            if n % 2 == 0 {
                advance(&clock, 1);
            }
            let events = if n < 3 { "domainActivation.created" } else { "product.deleted" };
            let new = WebhookSettings {
                name: WebhookName::parse("name", name).unwrap(),
                is_enabled: n % 3 != 1,
                ..settings(&format!("https://shop{}.example/Hooks_{n}", n % 2), &[events])
            };
            webhook::create(&service, &ada.actor, new, None).await.unwrap();
        }
        make(&service, &eve, URL, &["product.*"]).await;
        receiver.answer("https://shop0.example/Hooks_0", [status(500)]);
        receiver.answer("https://shop0.example/Hooks_2", [status(410)]);
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        deliver(&service).await;
        let all = webhook::list_page(&service, &ada.actor, &whole(Vec::new())).await.unwrap().items;
        assert_eq!(all.len(), 7);
        assert!(all.iter().any(|webhook| webhook.status.as_str() != "healthy"));
        let list = async |request: ListRequest| {
            webhook::list_page(&service, &ada.actor, &request).await.unwrap().map(|webhook| webhook.id.0)
        };
        let memory = Memory::new(&FIELDS, &["createdAt", "updatedAt", "name"], all.iter().map(row).collect());
        memory.assert_agrees(80, &list).await;
        let others = webhook::list_page(&service, &eve.actor, &whole(Vec::new())).await.unwrap().items;
        memory.assert_found_by_id(&[others[0].id.0], &list).await;
        for (search, found) in [("shop", 2), ("100 %", 1), ("ho", 0)] {
            let request = ListRequest { search: Some(search.to_owned()), ..whole(Vec::new()) };
            assert_eq!(list(request).await.items.len(), found, "{search}");
        }
    }

    async fn every_filter_of_the_log_agrees_with_memory(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        enable(&service, &receiver);
        let other = "https://shop.example/other";
        make(&service, &ada, URL, &["domainActivation.created"]).await;
        make(&service, &ada, other, &["domainActivation.*", "license.*"]).await;
        make(&service, &eve, URL, &["domainActivation.created"]).await;
        receiver.answer(URL, [status(500), status(201)]);
        receiver.answer(other, [status(204), status(503), status(404)]);
        for seller in [&ada, &eve] {
            let (_, key) = license(&service, seller, 3).await;
            activate_domains(&service, &key, 3).await;
        }
        deliver(&service).await;
        advance(&clock, 6_000);
        let (_, key) = license(&service, &ada, 2).await;
        deliver(&service).await;
        advance(&clock, 1);
        activate_domains(&service, &key, 2).await;
        let all = webhook::list_log(&service, &ada.actor, &whole(Vec::new())).await.unwrap().items;
        assert!(all.len() > 8, "{}", all.len());
        let list = async |request: ListRequest| {
            webhook::list_log(&service, &ada.actor, &request).await.unwrap().map(|entry| entry.attempt.id.0)
        };
        let memory = Memory::new(&LOG_FIELDS, &["createdAt", "updatedAt"], all.iter().map(log_row).collect());
        memory.assert_agrees(100, &list).await;
        let others = webhook::list_log(&service, &eve.actor, &whole(Vec::new())).await.unwrap().items;
        memory.assert_found_by_id(&[others[0].attempt.id.0], &list).await;
    }
}
