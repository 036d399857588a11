//! Webhooks: the events of changes, their delivery by any node, and what members do with them. A transport of the
//! test receives the requests.

mod changes;
mod customers;
mod delivery;
mod health;
mod isolation;
mod leased;
mod licenses;
mod lists;
mod log;
mod nodes;
mod retention;
mod traces;
mod trials;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use domain::view::{DeliveryRow, WebhookView};
use domain::webhook::{
    AllowedTargets, DeliveryState, ObjectKind, SignatureScheme, Subscriptions, WebhookName, WebhookSecret,
    WebhookSettings, WebhookUrl,
};
use domain::{LicenseKey, Timestamp};
use serde_json::{Value, json};
use service::activation::activate;
use service::webhook::{
    self, Dispatcher, NewWebhook, ObjectRecord, ObjectWords, OutgoingRequest, Reply, ReplyFuture, Transport,
    WebhookOptions,
};
use service::{Clock, Service};
use test_support::{Seller, host};
use tokio::sync::Notify;

/// Answers requests as a test says, and keeps them.
#[derive(Default)]
pub struct Receiver {
    /// The next answers by address. Without one, the answer is 200.
    answers: Mutex<BTreeMap<String, VecDeque<Reply>>>,
    /// Addresses that do not answer.
    hanging: Mutex<Vec<String>>,
    /// Notified once they answer again.
    answering: Notify,
    received: Mutex<Vec<OutgoingRequest>>,
}

impl Receiver {
    /// Answers the next requests to an address.
    pub fn answer(&self, url: &str, replies: impl IntoIterator<Item = Reply>) {
        let mut answers = self.answers.lock().expect("the answers");
        answers.entry(url.to_owned()).or_default().extend(replies);
    }

    /// Lets all further requests to an address wait until [`Self::unhang`].
    pub fn hang(&self, url: &str) {
        self.hanging.lock().expect("the addresses").push(url.to_owned());
    }

    /// Answers again, also requests that wait.
    pub fn unhang(&self) {
        self.hanging.lock().expect("the addresses").clear();
        self.answering.notify_waiters();
    }

    fn is_hanging(&self, url: &str) -> bool {
        self.hanging.lock().expect("the addresses").iter().any(|hanging| hanging == url)
    }

    /// Returns the requests so far.
    pub fn received(&self) -> Vec<OutgoingRequest> {
        self.received.lock().expect("the requests").clone()
    }

    /// Returns the bodies of the requests so far.
    pub fn bodies(&self) -> Vec<Value> {
        let received = self.received();
        received.iter().map(|request| serde_json::from_str(&request.body).expect("JSON")).collect()
    }

    /// Returns the events of the requests so far.
    pub fn events(&self) -> Vec<String> {
        let bodies = self.bodies();
        bodies.iter().map(|body| body["event"].as_str().expect("a name").to_owned()).collect()
    }

    /// Returns the number of requests to an address.
    pub fn count(&self, url: &str) -> usize {
        self.received().iter().filter(|request| request.url == url).count()
    }
}

impl Transport for Receiver {
    fn send(&self, request: OutgoingRequest) -> ReplyFuture<'_> {
        Box::pin(async move {
            let url = request.url.clone();
            self.received.lock().expect("the requests").push(request);
            // Created before the look, so that no notification is missed.
            let answering = self.answering.notified();
            if self.is_hanging(&url) {
                answering.await;
            }
            let next = self.answers.lock().expect("the answers").get_mut(&url).and_then(VecDeque::pop_front);
            next.unwrap_or_else(|| status(200))
        })
    }
}

/// An answer with a status.
pub fn status(status: u16) -> Reply {
    Reply::Answer { status, retry_after_ms: None, body: format!("answer {status}") }
}

/// Writes the ids of objects alone.
pub struct IdWords;

impl ObjectWords for IdWords {
    fn json(&self, record: &ObjectRecord) -> String {
        let (kind, id, name) = match record {
            ObjectRecord::Activation(record) => ("machine", record.id.to_string(), record.hostname.clone()),
            ObjectRecord::DomainActivation(record) => {
                ("domain", record.id.to_string(), record.domain.clone())
            }
            ObjectRecord::TrialActivation(record) => {
                ("trial", record.id.to_string(), record.hostname.clone())
            }
            ObjectRecord::Webhook(record) => ("webhook", record.id.to_string(), record.name.clone()),
            ObjectRecord::License(record) => {
                ("license", record.id.to_string(), record.state.as_str().to_owned())
            }
            ObjectRecord::User(record) => ("user", record.id.to_string(), record.name.joined()),
            ObjectRecord::Organization(record) => {
                ("organization", record.id.to_string(), record.organization.name.to_string())
            }
            ObjectRecord::Product(record) => ("product", record.id.to_string(), record.name.clone()),
            ObjectRecord::LicenseTemplate(record) => ("template", record.id.to_string(), record.name.clone()),
            ObjectRecord::TrialPolicy(record) => ("policy", record.id.to_string(), record.name.clone()),
        };
        let customer = match record {
            ObjectRecord::Activation(record) => record.customer.as_ref().and_then(|it| it.email.clone()),
            _ => None,
        };
        json!({ "kind": kind, "id": id, "name": name, "customer": customer }).to_string()
    }

    fn with_reset_token(&self, record: &ObjectRecord, token: &str) -> String {
        format!(r#"{{"user":{},"token":"{token}"}}"#, self.json(record))
    }

    fn sample(&self, kind: ObjectKind) -> String {
        json!({ "kind": kind.as_str(), "name": "sample" }).to_string()
    }
}

/// The address of the only receiver of most tests.
pub const URL: &str = "https://shop.example/hooks";

/// Switches webhooks on, with a receiver.
pub fn enable(service: &Service, receiver: &Arc<Receiver>) {
    let transport: Arc<dyn Transport> = receiver.clone();
    service.enable_webhooks(WebhookOptions {
        targets: AllowedTargets::default(),
        words: Arc::new(IdWords),
        transport,
    });
}

/// Settings of a webhook.
pub fn settings(url: &str, events: &[&str]) -> WebhookSettings {
    WebhookSettings {
        name: WebhookName::parse("name", "shop").expect("a name"),
        url: WebhookUrl::parse(url, &AllowedTargets::default()).expect("an address"),
        is_enabled: true,
        events: Subscriptions::parse(events.iter().copied()).expect("known events"),
        scheme: SignatureScheme::V3,
    }
}

/// Makes a webhook whose secret is `secret`.
pub async fn make(service: &Service, seller: &Seller, url: &str, events: &[&str]) -> WebhookView {
    let secret = WebhookSecret::from_storage("secret".to_owned());
    let NewWebhook { webhook, .. } =
        webhook::create(service, &seller.actor, settings(url, events), Some(secret)).await.unwrap();
    webhook
}

/// Activates so many domains.
pub async fn activate_domains(service: &Service, key: &LicenseKey, count: usize) {
    for n in 0..count {
        activate(service, key, &host(&format!("d{n}.example.com")), None).await.unwrap();
    }
}

/// Delivers what is due, as one node does.
pub async fn deliver(service: &Service) {
    Dispatcher::new(service).expect("webhooks are on").run_until_idle().await.unwrap();
}

/// Returns the deliveries of a webhook, the oldest first.
pub async fn deliveries(service: &Service, seller: &Seller, webhook: &WebhookView) -> Vec<DeliveryRow> {
    let page = webhook::list_deliveries(service, &seller.actor, webhook.id, None, None).await.unwrap();
    page.deliveries.into_iter().rev().collect()
}

/// Returns the states of the deliveries of a webhook, the oldest first.
pub async fn states(service: &Service, seller: &Seller, webhook: &WebhookView) -> Vec<DeliveryState> {
    deliveries(service, seller, webhook).await.iter().map(|delivery| delivery.state).collect()
}

/// A clock that stands at the present time: ids have it too.
pub fn clock() -> Clock {
    Clock::manual(Clock::System.now())
}

/// Moves a clock.
pub fn advance(clock: &Clock, millis: i64) -> Timestamp {
    let at = clock.now().plus_millis(millis);
    clock.set(at);
    at
}
