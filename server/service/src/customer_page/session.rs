//! The session of an open customer's page. The browser keeps it, sealed, in a cookie.
//!
//! A key opens one license, for as long as the license has this key, and a former key until its grace time ends.
//! A link opens the licenses of a customer, for as long as the customer has the address that got the link.

use data_encoding::BASE64URL_NOPAD;
use domain::{AccountId, CustomerId, LicenseId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::secrets::Purpose;
use crate::{Error, Result, Service};

/// How long a session lasts, in milliseconds: an hour.
const LIFETIME_MS: i64 = 60 * 60_000;

/// An open page: the account, and the license or the customer.
#[derive(Clone, Serialize, Deserialize)]
pub struct CustomerSession {
    pub(super) account: AccountId,
    pub(super) holder: Holder,
    until: Timestamp,
}

/// The proof by which a page was opened.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Holder {
    /// The key of a license.
    Key {
        /// The license.
        license: LicenseId,
        /// The stored digest of the key.
        digest: Vec<u8>,
    },
    /// A key that a license had before. It opens the page while apps may send it.
    FormerKey {
        /// The license.
        license: LicenseId,
        /// The stored digest of the former key.
        digest: Vec<u8>,
    },
    /// A link that was sent to the address of a customer.
    Address {
        /// The customer.
        customer: CustomerId,
        /// The address.
        email: String,
    },
}

impl CustomerSession {
    /// The lifetime of a session and of its cookie, in seconds.
    pub const LIFETIME_SECONDS: i64 = LIFETIME_MS / 1000;

    /// Creates a session that begins now.
    pub(super) fn new(service: &Service, account: AccountId, holder: Holder) -> Self {
        Self { account, holder, until: service.now().plus_millis(LIFETIME_MS) }
    }

    /// Returns the account whose page is open.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Returns whether a link opened the page, and not a key.
    #[must_use]
    pub fn is_of_address(&self) -> bool {
        matches!(self.holder, Holder::Address { .. })
    }

    /// Returns the name of the license or the customer whose proof opened the page, for limits.
    pub(super) fn name(&self) -> String {
        match &self.holder {
            Holder::Key { license, .. } | Holder::FormerKey { license, .. } => format!("license {license}"),
            Holder::Address { customer, .. } => format!("customer {customer}"),
        }
    }

    /// Seals the session for a cookie.
    ///
    /// # Errors
    /// Returns an error if it cannot be sealed.
    pub fn seal(&self, service: &Service) -> Result<String> {
        let json =
            serde_json::to_vec(self).map_err(|e| Error::Internal(format!("customer's session: {e}")))?;
        let sealed = service.keys.seal(Purpose::CustomerSession, service.instance(), &json)?;
        Ok(BASE64URL_NOPAD.encode(&sealed))
    }

    /// Opens the session of a cookie. `None` if it has ended, or this instance did not seal it.
    #[must_use]
    pub fn open(service: &Service, cookie: &str) -> Option<Self> {
        let sealed = BASE64URL_NOPAD.decode(cookie.as_bytes()).ok()?;
        let json = service.keys.open(Purpose::CustomerSession, service.instance(), &sealed).ok()?;
        let session: Self = serde_json::from_slice(&json).ok()?;
        (service.now() < session.until).then_some(session)
    }
}
