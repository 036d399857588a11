//! Health endpoints for load balancers and supervisors.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::Timestamp;
use domain::view::{CertificateHealth, WebhookHealth};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use service::{Result, Service, webhook};
use tokio::time::timeout;

use crate::instance_probe;
use crate::middleware::client_ip::{Forwarded, MaybeClientIp};

/// Maximum time that the readiness check waits for the database. Probes wait 2 to 3 s for the whole answer.
const READY_TIMEOUT: Duration = Duration::from_millis(1500);

/// Liveness: the process runs. A probe of `countersign doctor` also learns whether it reached this instance.
pub async fn live(
    State(service): State<Service>,
    client: MaybeClientIp,
    forwarded: Forwarded,
    headers: HeaderMap,
) -> Response {
    let mut body = json!({ "status": "ok" });
    if let Some(answer) = instance_probe::answer(&service, client, forwarded, &headers) {
        body["probe"] = answer;
    }
    // A proxy must not give either answer to a later request.
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Returns whether the database answers in time.
pub async fn database_answers(service: &Service) -> bool {
    answers(service.ping()).await
}

async fn answers(ping: impl Future<Output = Result<()>>) -> bool {
    matches!(timeout(READY_TIMEOUT, ping).await, Ok(Ok(())))
}

/// Returns whether the database answers in time, and what is known of webhooks by then. Both are asked at once, so
/// that a slow database takes the time of one question.
async fn ask(
    ping: impl Future<Output = Result<()>>,
    webhooks: impl Future<Output = Result<WebhookHealth>>,
) -> (bool, Option<WebhookHealth>) {
    let webhooks = async { timeout(READY_TIMEOUT, webhooks).await.ok()?.ok() };
    tokio::join!(answers(ping), webhooks)
}

/// Readiness: the database responds and the batch workers run. Reports the age of the last scheduled backup in seconds,
/// the certificate, and webhooks that fail.
pub async fn ready(State(service): State<Service>) -> Response {
    if !service.workers_are_running() {
        let body = Json(json!({ "status": "unavailable", "workers": "stopped" }));
        return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    }
    let (database_answers, webhooks) = ask(service.ping(), webhook::health(&service)).await;
    if database_answers {
        let mut body = json!({ "status": "ready" });
        if let Some(at) = service.backups().last_success() {
            let age = (service.now().millis() - at.millis()) / 1000;
            body["backup"] = json!({ "last_at": at.rfc3339(), "age_seconds": age });
        }
        if let Some(certificate) = service.certificate().health() {
            body["certificate"] = certificate_body(&certificate, service.now());
        }
        // Receivers of sellers that fail make the server no less ready.
        if let Some(webhooks) = webhooks
            && (webhooks.unhealthy, webhooks.suspended) != (0, 0)
        {
            body["webhooks"] = json!({ "unhealthy": webhooks.unhealthy, "suspended": webhooks.suspended });
        }
        Json(body).into_response()
    } else {
        let body = Json(json!({ "status": "unavailable", "database": "not answering" }));
        let mut response = (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        response
    }
}

/// Tells state and end of the certificate. Why an order failed is a text of the authority, which is for the operator alone.
/// A server whose certificate waits is ready, because the authority must reach it.
fn certificate_body(certificate: &CertificateHealth, now: Timestamp) -> Value {
    let mut body = json!({ "state": certificate.state(now).word() });
    if let Some(end) = certificate.expires_at {
        body["expires_at"] = json!(end.rfc3339());
    }
    body
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn webhooks_are_asked_while_the_database_has_not_answered() {
        let (ask_webhooks, webhooks_asked) = oneshot::channel();
        let ping = async {
            webhooks_asked.await.expect("webhooks are asked");
            Ok(())
        };
        let webhooks = async {
            ask_webhooks.send(()).expect("the ping waits");
            Ok(WebhookHealth { unhealthy: 1, suspended: 0 })
        };
        let (database_answers, webhooks) = ask(ping, webhooks).await;
        assert!(database_answers);
        assert_eq!(webhooks.map(|webhooks| webhooks.unhealthy), Some(1));
    }
}
