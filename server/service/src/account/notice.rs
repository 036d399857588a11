//! Notices to a user about the own sign-in, by mail.

use domain::mail::MailKind;
use domain::{Timestamp, UserId};
use sea_orm::EntityTrait as _;

use super::first_account::first_account;
use crate::mail::{CONTENT_LIFETIME_MS, Content, NewMail, queue, texts};
use crate::store::WriteTxn;
use crate::store::entity::users;
use crate::{Result, Service};

/// A change that the user should know of, because an attacker may have made it.
pub(super) enum Notice {
    /// A browser signed in for the first time.
    NewBrowser {
        /// The browser in words.
        browser: String,
        /// The client's address, if known.
        address: Option<String>,
    },
    /// The password was changed.
    PasswordChanged,
    /// The second factor was switched on.
    SecondFactorEnabled,
    /// The second factor was removed.
    SecondFactorDisabled,
    /// The recovery codes were replaced.
    RecoveryCodesRenewed,
}

impl Notice {
    fn kind(&self) -> MailKind {
        match self {
            Self::NewBrowser { .. } => MailKind::NewBrowser,
            Self::PasswordChanged => MailKind::PasswordChanged,
            Self::SecondFactorEnabled | Self::SecondFactorDisabled | Self::RecoveryCodesRenewed => {
                MailKind::SecondFactorChanged
            }
        }
    }

    fn content(&self, origin: &str, email: &str, at: Timestamp) -> Content {
        let changed = |change| texts::second_factor_changed(origin, email, change, at);
        match self {
            Self::NewBrowser { browser, address } => {
                texts::new_browser(origin, email, browser, address.as_deref(), at)
            }
            Self::PasswordChanged => texts::password_changed(origin, email, at),
            Self::SecondFactorEnabled => changed("Two-factor sign-in was switched on."),
            Self::SecondFactorDisabled => changed("Two-factor sign-in was switched off."),
            Self::RecoveryCodesRenewed => changed("The recovery codes were replaced."),
        }
    }
}

/// Queues a notice to the user within the transaction of the change. Does nothing if mail is off.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn notify(service: &Service, txn: &WriteTxn, user: UserId, notice: &Notice) -> Result<()> {
    let Some(mailer) = service.mailer.get() else { return Ok(()) };
    let Some(row) = users::Entity::find_by_id(user.0).one(txn.conn()).await? else { return Ok(()) };
    // No page is open to a member of no account.
    let Some(account) = first_account(txn.conn(), user).await? else { return Ok(()) };
    let now = txn.now();
    let new = NewMail {
        account,
        kind: notice.kind(),
        content: notice.content(mailer.origin(), &row.email, now),
        recipient: row.email,
        object: Some(user.0),
        customer: None,
        expires_at: now.plus_millis(CONTENT_LIFETIME_MS),
    };
    queue(txn, &service.keys, new).await.map(drop)
}
