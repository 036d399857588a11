//! Rate limit and request timeout of the receivers. A provider sends from few addresses, for all its sellers: each
//! connection has a window of its own for each client, so that no seller uses up the requests of another.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::ShopConnectionId;
use domain::rate_limit::{Quota, RateDecision, WindowMap, rate_limit_key};
use http::StatusCode;
use uuid::Uuid;

use super::error::HookError;
use crate::api::timeout::with_timeout;
use crate::config::Switch;
use crate::middleware::client_ip::ClientIp;
use crate::middleware::request_id::RequestId;

/// Ten a second: a provider repeats what is refused, and bursts are as large as a day's renewals.
const QUOTA: Quota = Quota::per_minute(600);
/// How many requests a request counts as that no provider has signed: 60 of them fill a window.
const UNSIGNED_WEIGHT: u32 = 10;
/// Maximum number of windows. A full one has at most 600 times of 8 bytes.
const MAX_WINDOWS: usize = 16_384;

/// The rate limiter of the receivers, by connection and client network.
pub struct RateLimitState {
    is_on: bool,
    started: Instant,
    windows: Mutex<WindowMap<(Uuid, IpAddr)>>,
}

impl RateLimitState {
    pub fn new(switch: Switch) -> Self {
        Self {
            is_on: switch == Switch::On,
            started: Instant::now(),
            windows: Mutex::new(WindowMap::with_capacity(MAX_WINDOWS)),
        }
    }

    /// Counts a request of a client to a connection as `weight` requests.
    fn check(&self, connection: Uuid, client: IpAddr, weight: u32) -> RateDecision {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.check_many((connection, rate_limit_key(client)), now, QUOTA, weight)
    }
}

/// Applies the rate limit and the request timeout.
pub async fn enforce(
    State(limits): State<Arc<RateLimitState>>,
    Extension(id): Extension<RequestId>,
    Path((_, connection)): Path<(String, String)>,
    request: Request,
    next: Next,
) -> Response {
    let client = request.extensions().get::<ClientIp>().copied().filter(|_| limits.is_on);
    // Texts that are no id share a window.
    let connection = connection.parse::<ShopConnectionId>().map_or(Uuid::nil(), |id| id.0);
    if let Some(ClientIp(client)) = client
        && let RateDecision::Refused { retry_after } = limits.check(connection, client, 1)
    {
        return HookError::RateLimited(retry_after).into_response();
    }
    let response = with_timeout(id, request, next, |id| HookError::Unavailable(id).into_response()).await;
    if let Some(ClientIp(client)) = client
        && is_unsigned(response.status())
    {
        // It is answered already: what matters is that it counts.
        let _ = limits.check(connection, client, UNSIGNED_WEIGHT - 1);
    }
    response
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
    use super::*;

    #[test]
    fn windows_are_per_connection_and_network() {
        let limits = RateLimitState::new(Switch::On);
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let is_allowed = |connection: u128, client: &str| {
            let decision = limits.check(Uuid::from_u128(connection), ip(client), 600);
            matches!(decision, RateDecision::Allowed { .. })
        };
        assert!(is_allowed(1, "192.0.2.1"));
        assert!(!is_allowed(1, "192.0.2.1"));
        assert!(is_allowed(2, "192.0.2.1"), "another seller");
        assert!(is_allowed(1, "192.0.2.2"), "another client");
    }
}
