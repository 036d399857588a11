//! The overview of an account.

use serde::{Deserialize, Serialize};

use super::LicenseRow;

/// The content of the overview page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// Notices to the operator about settings; empty for other members.
    pub notices: Vec<String>,
    /// Verifications per day, oldest first.
    pub days: Vec<DayCount>,
    /// Licenses ever issued, a maintained count.
    pub licenses: i64,
    /// The licenses that expire next.
    pub expiring: Vec<LicenseRow>,
    /// The licenses issued last.
    pub latest: Vec<LicenseRow>,
}

/// A day's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// Days since the epoch, UTC.
    pub day: i32,
    /// Successful verifications.
    pub valid: i64,
    /// Refused verifications, for any reason.
    pub refused: i64,
}
