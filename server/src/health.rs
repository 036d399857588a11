//! Health endpoints for load balancers and supervisors.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::Timestamp;
use domain::view::CertificateHealth;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use service::{Service, webhook};

use crate::instance_probe;
use crate::middleware::client_ip::{Forwarded, MaybeClientIp};

/// Maximum time that the readiness check waits for the database.
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
    matches!(tokio::time::timeout(READY_TIMEOUT, service.ping()).await, Ok(Ok(())))
}

/// Readiness: the database responds and the batch workers run. Reports the age of the last scheduled backup in seconds,
/// the certificate, and webhooks that fail.
pub async fn ready(State(service): State<Service>) -> Response {
    if !service.workers_are_running() {
        let body = Json(json!({ "status": "unavailable", "workers": "stopped" }));
        return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    }
    if database_answers(&service).await {
        let mut body = json!({ "status": "ready" });
        if let Some(at) = service.backups().last_success() {
            let age = (service.now().millis() - at.millis()) / 1000;
            body["backup"] = json!({ "last_at": at.rfc3339(), "age_seconds": age });
        }
        if let Some(certificate) = service.certificate().health() {
            body["certificate"] = certificate_body(&certificate, service.now());
        }
        // Receivers of sellers that fail make the server no less ready.
        if let Ok(Ok(webhooks)) = tokio::time::timeout(READY_TIMEOUT, webhook::health(&service)).await
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

/// Tells state and end of the certificate, and why its last order failed. A server whose certificate waits is ready,
/// because the authority must reach it.
fn certificate_body(certificate: &CertificateHealth, now: Timestamp) -> Value {
    let mut body = json!({ "state": certificate.state(now).word() });
    if let Some(end) = certificate.expires_at {
        body["expires_at"] = json!(end.rfc3339());
    }
    if let Some(failure) = &certificate.failure {
        body["error"] = json!(failure);
    }
    body
}
