//! How many requests are allowed, and the decision about one.

/// Window of the domain API, in milliseconds (contract: "a rolling window of 60 s").
const MINUTE_MS: u64 = 60_000;

/// A number of requests per time window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests allowed per window.
    pub limit: u32,
    /// Length of the window, in milliseconds; less than 24 days.
    pub window_ms: u64,
}

impl Quota {
    /// Creates a quota of `limit` requests in any minute, as in the domain API.
    #[must_use]
    pub const fn per_minute(limit: u32) -> Self {
        Self { limit, window_ms: MINUTE_MS }
    }
}

/// The decision of the rate limiter about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateDecision {
    /// The request is allowed.
    Allowed {
        /// Requests left in the window after this one.
        remaining: u32,
    },
    /// The request is refused.
    Refused {
        /// Seconds until the oldest request leaves the window, rounded up, at least 1.
        retry_after: u64,
    },
}

impl RateDecision {
    /// Returns the requests that are left, or the seconds until the next one.
    ///
    /// # Errors
    /// Returns the seconds if the request is refused.
    pub fn allowed(self) -> Result<u32, u64> {
        match self {
            Self::Allowed { remaining } => Ok(remaining),
            Self::Refused { retry_after } => Err(retry_after),
        }
    }
}
