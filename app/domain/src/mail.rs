//! Mails of the server: kinds, states, and the times of their attempts.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;
use crate::time::DAY_MS;

/// How long a mail waits for a successful attempt, in milliseconds: a day.
pub const MAX_WAIT_MS: i64 = DAY_MS;
/// How long a link that sets a new password works, in milliseconds: an hour.
pub const RESET_LIFETIME_MS: i64 = 60 * MINUTE_MS;
/// Most mails that members of an account may ask for within an hour. The server sends in the operator's name.
pub const MAX_PER_HOUR: usize = 500;
/// Most reminders, and most notices of activations, that workers queue for an account within an hour. The server
/// sends in the operator's name, and all sellers share the mail server.
pub const MAX_OF_WORKER_PER_HOUR: usize = 500;
/// Reminders of an account, and notices, that wait for the mail server at most when a worker queues further ones.
pub const MAX_OF_WORKER_WAITING: usize = 50;
/// Most links that set a new password, per user and hour.
pub const MAX_RESETS_PER_HOUR: usize = 3;
/// Most links that open the customer's page, per customer and hour. The links of the last hour still work.
pub const MAX_LINKS_PER_CUSTOMER: usize = 3;
/// Most links that open the customer's page, per account and hour. Strangers ask for them, and all sellers share
/// the mail server.
pub const MAX_LINKS_PER_ACCOUNT: usize = 200;
/// How long a link that opens the customer's page works, in milliseconds: an hour.
pub const CUSTOMER_LINK_LIFETIME_MS: i64 = 60 * MINUTE_MS;

const MINUTE_MS: i64 = 60_000;
/// The longest pause between two attempts, in milliseconds: four hours.
const MAX_RETRY_DELAY_MS: i64 = 4 * 60 * MINUTE_MS;

/// The reason of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// The link of an invitation.
    Invitation,
    /// The link that sets a new password.
    PasswordReset,
    /// The link with which a person signs up as a seller, or the notice that the address has an account.
    SignUp,
    /// The link of an invitation of a new seller.
    SellerInvitation,
    /// A notice of a sign-in from a new browser.
    NewBrowser,
    /// A notice of a changed password.
    PasswordChanged,
    /// A notice of a changed second factor.
    SecondFactorChanged,
    /// License keys for a customer.
    LicenseKey,
    /// The link that opens the customer's page.
    CustomerLink,
    /// A reminder of a license's expiry, for its customer.
    ExpiryReminder,
    /// A notice of an activated domain or machine, for the license's customer.
    ActivationNotice,
    /// A test of the settings.
    Test,
}

impl MailKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Invitation,
        Self::PasswordReset,
        Self::SignUp,
        Self::SellerInvitation,
        Self::NewBrowser,
        Self::PasswordChanged,
        Self::SecondFactorChanged,
        Self::LicenseKey,
        Self::CustomerLink,
        Self::ExpiryReminder,
        Self::ActivationNotice,
        Self::Test,
    ];

    /// The kinds that members of an account ask for. [`MAX_PER_HOUR`] counts no others.
    pub const ASKED_FOR_BY_MEMBERS: [Self; 3] = [Self::Invitation, Self::LicenseKey, Self::Test];

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::SignUp => "sign_up",
            Self::SellerInvitation => "seller_invitation",
            Self::NewBrowser => "new_browser",
            Self::PasswordChanged => "password_changed",
            Self::SecondFactorChanged => "second_factor_changed",
            Self::LicenseKey => "license_key",
            Self::CustomerLink => "customer_link",
            Self::ExpiryReminder => "expiry_reminder",
            Self::ActivationNotice => "activation_notice",
            Self::Test => "test",
        }
    }

    /// Returns whether the mail is the seller's, so that it is not sent while the account is suspended. Mails
    /// about a user's own sign-in and about sign-ups are not.
    #[must_use]
    pub fn is_of_seller(self) -> bool {
        matches!(
            self,
            Self::Invitation
                | Self::LicenseKey
                | Self::CustomerLink
                | Self::ExpiryReminder
                | Self::ActivationNotice
                | Self::Test
        )
    }

    /// Returns the label of lists.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Invitation => "Invitation",
            Self::PasswordReset => "Password reset",
            Self::SignUp => "Sign-up",
            Self::SellerInvitation => "Invitation of a seller",
            Self::NewBrowser => "Sign-in from a new browser",
            Self::PasswordChanged => "Password changed",
            Self::SecondFactorChanged => "Two-factor sign-in changed",
            Self::LicenseKey => "License key",
            Self::CustomerLink => "Link of the customers’ page",
            Self::ExpiryReminder => "Expiry reminder",
            Self::ActivationNotice => "Activation notice",
            Self::Test => "Test mail",
        }
    }

    /// Returns whether the mail has the seller's sender name and reply address. Invitations and mails about
    /// sign-ins have not, so that no seller can write them in another name.
    #[must_use]
    pub fn has_seller_sender(self) -> bool {
        matches!(
            self,
            Self::LicenseKey
                | Self::CustomerLink
                | Self::ExpiryReminder
                | Self::ActivationNotice
                | Self::Test
        )
    }
}

impl FromStr for MailKind {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| FieldError::new("kind", "The stored kind is not known."))
    }
}

/// The state of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It waits for its next attempt.
    Queued,
    /// The mail server has accepted it.
    Sent,
    /// No further attempt is made.
    Failed,
}

impl MailState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Queued, Self::Sent, Self::Failed];

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// Returns the label of lists.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Sent => "Sent",
            Self::Failed => "Failed",
        }
    }
}

impl FromStr for MailState {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| FieldError::new("state", "The stored state is not known."))
    }
}

/// Returns the pause after failed attempts, in milliseconds: a minute, doubled by each further attempt, and
/// four hours at most.
#[must_use]
pub fn retry_delay_ms(failed_attempts: u32) -> i64 {
    let doublings = failed_attempts.saturating_sub(1).min(16);
    (MINUTE_MS << doublings).min(MAX_RETRY_DELAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_round_trip() {
        for kind in MailKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for state in MailState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("newsletter".parse::<MailKind>().is_err());
        assert!("bounced".parse::<MailState>().is_err());
    }

    #[test]
    fn only_mails_of_a_seller_have_its_name_and_count_in_its_quota() {
        for kind in MailKind::ALL {
            if kind.has_seller_sender() || MailKind::ASKED_FOR_BY_MEMBERS.contains(&kind) {
                assert!(kind.is_of_seller(), "{kind:?}");
            }
        }
    }

    #[test]
    fn pauses_double_up_to_four_hours() {
        let minutes: Vec<i64> =
            (0..12).map(|failed_attempts| retry_delay_ms(failed_attempts) / MINUTE_MS).collect();
        assert_eq!(minutes, [1, 1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]);
        assert_eq!(retry_delay_ms(u32::MAX), MAX_RETRY_DELAY_MS);
    }

    #[test]
    fn attempts_of_a_day_are_few() {
        let (mut attempts, mut waited) = (0, 0);
        while waited < MAX_WAIT_MS {
            attempts += 1;
            waited += retry_delay_ms(attempts);
        }
        assert_eq!(attempts, 13);
    }
}
