//! What was done with an event.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// What was done with an event, as the log shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShopOutcome {
    /// A license was issued.
    Issued,
    /// A license was renewed.
    Renewed,
    /// A license was suspended.
    Suspended,
    /// The suspension of a license was lifted.
    Reinstated,
    /// A license was revoked.
    Revoked,
    /// A reference or a customer was added to a purchase.
    Linked,
    /// A purchase is known, and nothing had to change.
    Unchanged,
    /// The event means nothing for this product.
    Ignored,
    /// The purchase is not known yet. It applies the event when it comes.
    Waiting,
    /// A setting or a fault prevents it. A member can repeat the event, unless its payload was erased.
    Failed,
    /// The operator has suspended the seller. A worker applies the event after the reinstatement.
    Deferred,
}

impl ShopOutcome {
    /// All outcomes, in menu order.
    pub const ALL: [Self; 11] = [
        Self::Issued,
        Self::Renewed,
        Self::Suspended,
        Self::Reinstated,
        Self::Revoked,
        Self::Linked,
        Self::Unchanged,
        Self::Ignored,
        Self::Waiting,
        Self::Failed,
        Self::Deferred,
    ];

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Renewed => "renewed",
            Self::Suspended => "suspended",
            Self::Reinstated => "reinstated",
            Self::Revoked => "revoked",
            Self::Linked => "linked",
            Self::Unchanged => "unchanged",
            Self::Ignored => "ignored",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Deferred => "deferred",
        }
    }

    /// Returns the label for pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Issued => "License issued",
            Self::Renewed => "License renewed",
            Self::Suspended => "License suspended",
            Self::Reinstated => "License reinstated",
            Self::Revoked => "License revoked",
            Self::Linked => "Noted",
            Self::Unchanged => "Nothing to change",
            Self::Ignored => "Ignored",
            Self::Waiting => "Waits for its purchase",
            Self::Failed => "Failed",
            Self::Deferred => "Deferred",
        }
    }

    /// Returns whether a member may have the event applied again: nothing was done with it.
    #[must_use]
    pub fn can_repeat(self) -> bool {
        matches!(self, Self::Ignored | Self::Waiting | Self::Failed | Self::Deferred)
    }
}

impl fmt::Display for ShopOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ShopOutcome {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|outcome| outcome.as_str() == word);
        found.ok_or_else(|| FieldError::new("outcome", "The outcome is not known."))
    }
}
