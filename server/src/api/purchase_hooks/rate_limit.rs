//! Rate limit and request timeout of the receivers. A provider sends from few addresses, for all its sellers: each
//! connection has a window of its own for each client, so that no seller uses up the requests of another. Requests to
//! addresses of no connection share one window of their client, whatever ids they invent.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::ShopConnectionId;
use domain::purchase::ShopProvider;
use domain::rate_limit::{Quota, RateDecision, WindowMap, rate_limit_key};
use http::StatusCode;
use service::{CurrentShare, Service, purchase};

use super::error::HookError;
use crate::api::timeout::with_timeout;
use crate::config::Switch;
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// Ten a second: a provider repeats what is refused, and bursts are as large as a day's renewals.
const QUOTA: Quota = Quota::per_minute(600);
/// How many requests a request counts as that no provider has signed: 60 of them fill a window.
const UNSIGNED_WEIGHT: u32 = 10;
/// Requests to addresses of no connection.
const UNKNOWN_QUOTA: Quota = Quota::per_minute(60);
/// Maximum number of windows of each kind. A full one has at most 600 times of 8 bytes.
const MAX_WINDOWS: usize = 16_384;

/// The rate limiter of the receivers, by connection and client network.
pub struct RateLimitState {
    is_on: bool,
    started: Instant,
    windows: Mutex<WindowMap<(ShopConnectionId, IpAddr)>>,
    /// By client network. Apart from the others, so that no invented id evicts the window of a connection.
    unknown: Mutex<WindowMap<IpAddr>>,
    share: CurrentShare,
}

/// What the middleware needs: the limiter, and the service that knows the connections.
#[derive(Clone)]
pub struct Gate {
    pub limits: Arc<RateLimitState>,
    pub service: Service,
}

impl RateLimitState {
    pub fn new(switch: Switch, share: &CurrentShare) -> Self {
        Self {
            is_on: switch == Switch::On,
            started: Instant::now(),
            windows: Mutex::new(WindowMap::with_capacity(MAX_WINDOWS)),
            unknown: Mutex::new(WindowMap::with_capacity(MAX_WINDOWS)),
            share: share.clone(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Counts a request of a client to a connection as `weight` requests.
    fn check(&self, connection: ShopConnectionId, client: IpAddr, weight: u32) -> RateDecision {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.check_many(
            (connection, rate_limit_key(client)),
            self.now(),
            self.share.get().of(QUOTA),
            weight,
        )
    }

    /// Counts a request of a client to an address of no connection.
    fn check_unknown(&self, client: IpAddr) -> RateDecision {
        let mut windows = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        windows.check(rate_limit_key(client), self.now(), self.share.get().of(UNKNOWN_QUOTA))
    }
}

/// Applies the request timeout, also to the look-up of the connection.
pub async fn time_out(Extension(id): Extension<RequestId>, request: Request, next: Next) -> Response {
    with_timeout(id, request, next, |id| HookError::Unavailable(id).into_response()).await
}

/// Looks the connection up and applies the rate limit, before the body is read.
pub async fn enforce(
    State(Gate { limits, service }): State<Gate>,
    Extension(id): Extension<RequestId>,
    Path((provider, connection)): Path<(String, String)>,
    request: Request,
    next: Next,
) -> Response {
    let client = request.extensions().get::<ClientIp>().copied().filter(|_| limits.is_on);
    let connection = match find(&service, &provider, &connection).await {
        Ok(found) => found,
        Err(error) => return HookError::from_service(&error, &id).into_response(),
    };
    let decision = client.map(|ClientIp(client)| match connection {
        Some(connection) => limits.check(connection, client, 1),
        None => limits.check_unknown(client),
    });
    if let Some(RateDecision::Refused { retry_after }) = decision {
        return HookError::RateLimited(retry_after).into_response();
    }
    let Some(connection) = connection else { return HookError::UnknownConnection.into_response() };
    let response = next.run(request).await;
    if let Some(ClientIp(client)) = client
        && is_unsigned(response.status())
    {
        // It is answered already: what matters is that it counts.
        let _ = limits.check(connection, client, UNSIGNED_WEIGHT - 1);
    }
    response
}

/// Returns the connection of an address. `None` if there is none.
async fn find(
    service: &Service,
    provider: &str,
    connection: &str,
) -> Result<Option<ShopConnectionId>, service::Error> {
    let (Ok(provider), Ok(id)) = (provider.parse::<ShopProvider>(), connection.parse::<ShopConnectionId>())
    else {
        return Ok(None);
    };
    let is_connected = purchase::is_connected(service, provider, id).await?;
    Ok(is_connected.then_some(id))
}

/// Returns whether a status says that no signature was proved: it was wrong, no connection has it, or the body did not
/// come whole.
fn is_unsigned(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::NOT_FOUND
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::REQUEST_TIMEOUT
    )
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn windows_are_per_connection_and_network() {
        let limits = RateLimitState::new(Switch::On, &CurrentShare::default());
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let is_allowed = |connection: u128, client: &str| {
            let decision = limits.check(ShopConnectionId(Uuid::from_u128(connection)), ip(client), 600);
            matches!(decision, RateDecision::Allowed { .. })
        };
        assert!(is_allowed(1, "192.0.2.1"));
        assert!(!is_allowed(1, "192.0.2.1"));
        assert!(is_allowed(2, "192.0.2.1"), "another seller");
        assert!(is_allowed(1, "192.0.2.2"), "another client");
    }
}
