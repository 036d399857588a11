//! Read models of a user's own sign-in.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The second factor of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorView {
    /// When it was confirmed. `None` if sign-in needs the password alone.
    pub enabled_at: Option<Timestamp>,
    /// Number of recovery codes that were not used.
    pub recovery_codes_left: u64,
    /// Whether an account of the user requires it.
    pub is_required: bool,
}

impl SecondFactorView {
    /// Returns whether a sign-in needs the second factor.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.enabled_at.is_some()
    }
}

/// A session of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The id in this list. It opens no session.
    pub id: String,
    /// The browser in words.
    pub browser: String,
    /// The browser's user agent.
    pub user_agent: Option<String>,
    /// The client's address at the sign-in.
    pub address: Option<String>,
    /// The sign-in.
    pub opened_at: Option<Timestamp>,
    /// The last use.
    pub last_used_at: Option<Timestamp>,
    /// Whether this session asked for the list.
    pub is_current: bool,
}
