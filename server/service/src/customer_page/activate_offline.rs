//! Activation of a machine without a network by a customer.

use domain::license::{Standing, standing};
use domain::{CustomerOffline, LicenseId};

use super::scope;
use super::session::CustomerSession;
use crate::machine::{ActivationOutcome, CustomersOutcome, CustomersRequest, activate_by_customer};
use crate::store::convert;
use crate::{Result, Service};

/// Longest request, in bytes. One of an app has a few hundred.
const MAX_REQUEST_LEN: usize = 32 * 1024;

/// The outcome of a customer's request to activate a machine without a network. Only
/// [`OfflineOutcome::Response`] changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfflineOutcome {
    /// The signed response for the machine.
    Response(String),
    /// The product's rule allows it at no time.
    Never,
    /// The operator has suspended the seller and stopped the apps of the customers.
    SellerSuspended,
    /// The license is not active, so that a response would be worth nothing.
    NotActive,
    /// The text is no request of an app.
    NoRequest,
    /// The text is a request to deactivate, which the seller answers.
    Deactivation,
    /// The text is longer than any request.
    TooLong,
    /// The request has another license key, or one that was replaced.
    OtherKey,
    /// The request is of another product.
    OtherProduct,
    /// The machine has a response of the seller.
    OfSeller,
    /// No slot is free.
    NoSlot,
    /// The product's rules do not admit the machine.
    NotAdmitted,
    /// The machine has used a meter up.
    MeterExhausted,
}

/// Activates an own license on a machine by its request file, and returns the response for the machine. The
/// response ends after the time that the product's rule sets. The rule, the slots and the standing are checked under
/// the lock of the license. Another request of the same machine gets a new response, and takes no second slot.
///
/// # Errors
/// Returns [`crate::Error::TooManyTries`] after too many changes, [`crate::Error::NotFound`] if the session does
/// not open the license, or another [`crate::Error`] if the database or signing fails.
#[tracing::instrument(name = "customer_page.activate_offline", skip_all, fields(license = %license), err(level = "debug"))]
pub async fn activate_offline(
    service: &Service,
    session: &CustomerSession,
    license: LicenseId,
    file: &str,
    ip: Option<String>,
) -> Result<OfflineOutcome> {
    service.customer_page_throttle.check_change(&session.name(), ip.as_deref(), service.now())?;
    let txn = service.begin_write().await?;
    let (row, product) = scope::lock_license(&txn, session, license).await?;
    if product.apps_stopped {
        return Ok(OfflineOutcome::SellerSuspended);
    }
    if CustomerOffline::from_storage(product.customer_offline_days) == CustomerOffline::Never {
        return Ok(OfflineOutcome::Never);
    }
    let state = convert::license_state(&row)?;
    if standing(&state, convert::to_timestamp(row.expires_at), txn.now()) != Standing::Active {
        return Ok(OfflineOutcome::NotActive);
    }
    if file.len() > MAX_REQUEST_LEN {
        return Ok(OfflineOutcome::TooLong);
    }
    let request = match CustomersRequest::parse(file) {
        CustomersRequest::Activation(request) => request,
        CustomersRequest::Deactivation => return Ok(OfflineOutcome::Deactivation),
        CustomersRequest::Invalid => return Ok(OfflineOutcome::NoRequest),
    };
    let actor = scope::actor(session, &row, ip);
    activate_by_customer(service, txn, &actor, row, product, &request).await.map(OfflineOutcome::from)
}

impl From<CustomersOutcome> for OfflineOutcome {
    fn from(outcome: CustomersOutcome) -> Self {
        match outcome {
            CustomersOutcome::Response(response) => Self::Response(response),
            CustomersOutcome::Never => Self::Never,
            CustomersOutcome::OfSeller => Self::OfSeller,
            CustomersOutcome::Refused(refusal) => match refusal {
                ActivationOutcome::Token(response) => Self::Response(response),
                ActivationOutcome::InvalidKey => Self::OtherKey,
                ActivationOutcome::InvalidProduct => Self::OtherProduct,
                ActivationOutcome::Revoked => Self::NotActive,
                ActivationOutcome::LimitReached => Self::NoSlot,
                ActivationOutcome::NotAdmitted(_) => Self::NotAdmitted,
                ActivationOutcome::MeterExhausted => Self::MeterExhausted,
                // Of online requests and trials.
                ActivationOutcome::NotFound
                | ActivationOutcome::InvalidFingerprint
                | ActivationOutcome::TrialNotAllowed
                | ActivationOutcome::TrialLimitReached => Self::NoRequest,
            },
        }
    }
}
