//! What happens to every request of the management API before its handler: token, rate limit and timeout, then the
//! path's methods, then idempotency key; and the headers of every response.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::rate_limit::RateDecision;
use http::{HeaderValue, Method, header};
use service::access::Access;
use service::{Service, access};

use super::access::Caller;
use super::content_type::JSON;
use super::error::{ManagementError, Result, finish};
use super::idempotency;
use super::rate_limit::{self, Client, RateLimit};
use crate::api::timeout::REQUEST_TIMEOUT;
use crate::config::{Config, Switch};
use crate::middleware::bearer::bearer_token;
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// What the middleware shares between requests.
pub(super) struct Gate {
    service: Service,
    limit: RateLimit,
}

impl Gate {
    pub fn new(service: &Service, settings: &Config) -> Self {
        let limit = if settings.rate_limits == Switch::On { settings.management_rate_limit } else { 0 };
        Self { service: service.clone(), limit: RateLimit::new(limit, service.limit_share()) }
    }

    /// Counts a request. `Ok(None)` if there is no limit or no address to count by.
    fn count(&self, client: Option<Client>, weight: u32) -> Result<Option<RateDecision>, RateDecision> {
        match client.and_then(|client| self.limit.check(client, weight)) {
            Some(refused @ RateDecision::Refused { .. }) => Err(refused),
            decision => Ok(decision),
        }
    }
}

/// Admits a request: finds its token, counts it, runs it in time, and completes its response.
pub(super) async fn admit(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let address = request.extensions().get::<ClientIp>().map(|ClientIp(address)| *address);
    let client = address.map(Client::Address);
    let weight = rate_limit::weight(request.uri().path());
    let token = bearer_token(request.headers()).map(ToOwned::to_owned);
    let known = match find_access(&gate, token.as_deref(), client).await {
        Ok(known) => known,
        Err(refusal) => return complete(refusal.error.into_response(), refusal.decision, &id),
    };
    let counted = match &known {
        Found::Token(access) => gate.count(Some(Client::Token(access.token)), weight),
        Found::Nothing(decision) => Ok(*decision),
        Found::NoToken => gate.count(client, weight),
    };
    let decision = match counted {
        Ok(decision) => decision,
        Err(refused) => return complete(refused_response(refused), Some(refused), &id),
    };
    if let Found::Token(access) = known {
        request.extensions_mut().insert(Caller::new(access, address.map(|address| address.to_string())));
    }
    let response = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    let response = response.unwrap_or_else(|_| ManagementError::TimedOut.into_response());
    complete(response, decision, &id)
}

/// Returns whether a customer's access token may call the path, whatever its handler checks.
fn is_open_to_customers(path: &str) -> bool {
    path == "/me" || path.starts_with("/me/") || path == "/accounts/login"
}

/// What the token of a request gives.
enum Found {
    /// A token in force.
    Token(Arc<Access>),
    /// A token that is not in force. It is counted by the address.
    Nothing(Option<RateDecision>),
    /// No token.
    NoToken,
}

/// A request that is refused before its handler.
struct Refusal {
    error: ManagementError,
    decision: Option<RateDecision>,
}

/// Finds the access of a token. One that is not in the cache is counted by its address first, so that guesses
/// read the database no more often than requests are allowed.
async fn find_access(gate: &Gate, token: Option<&str>, client: Option<Client>) -> Result<Found, Refusal> {
    let Some(token) = token else { return Ok(Found::NoToken) };
    if let Some(access) = access::cached(&gate.service, token) {
        return Ok(Found::Token(access));
    }
    let decision = gate.count(client, 1).map_err(|refused| Refusal {
        error: ManagementError::RateLimited(wait_of(refused)),
        decision: Some(refused),
    })?;
    match access::authenticate(&gate.service, token).await {
        Ok(Some(access)) => Ok(Found::Token(access)),
        Ok(None) => Ok(Found::Nothing(decision)),
        Err(error) => Err(Refusal { error: error.into(), decision }),
    }
}

fn wait_of(decision: RateDecision) -> u64 {
    match decision {
        RateDecision::Refused { retry_after } => retry_after,
        RateDecision::Allowed { .. } => 0,
    }
}

fn refused_response(refused: RateDecision) -> Response {
    ManagementError::RateLimited(wait_of(refused)).into_response()
}

/// Runs the handler of an admitted request, under the idempotency key of the request if it has one.
///
/// It is a layer of handlers alone: a method that the path lacks is answered without it.
pub(super) async fn run(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().cloned();
    let is_customer = caller.as_ref().is_some_and(|caller| caller.customer().is_some());
    if is_customer && !is_open_to_customers(request.uri().path()) {
        let message =
            "The access token of a user may call /me, /me/licenses and /me/activations alone.".to_owned();
        return ManagementError::Forbidden(message).into_response();
    }
    let takes_key = matches!(*request.method(), Method::POST | Method::PATCH);
    match (caller, idempotency::key_of(&request)) {
        (Some(caller), Some(key)) if takes_key => {
            let answered = idempotency::run(&gate.service, &caller, key, request, next).await;
            answered.unwrap_or_else(ManagementError::into_response)
        }
        _ => next.run(request).await,
    }
}

/// Logs a failure and sets the headers of every response.
fn complete(response: Response, decision: Option<RateDecision>, id: &RequestId) -> Response {
    let mut response = finish(response, id);
    if let Some(decision) = decision {
        rate_limit::set_headers(&mut response, decision);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Offline activation answers by the machine API, which names no character set.
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == b"application/json") {
        headers.insert(header::CONTENT_TYPE, JSON);
    }
    response
}
