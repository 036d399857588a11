//! Signs a seller up at once, on an open server that sends no mail.

use super::{NewSeller, policy};
use crate::account::SignedInUser;
use crate::{Error, Result, Service};

/// Makes an account with its owner, who is signed in at once. Without mail nothing proves the address, and the
/// answer tells whether it is in use: a network may sign up ten times an hour.
///
/// # Errors
/// Returns [`Error::Conflict`] if sign-up is not open, this server sends mail, or the set-up has not run, an error
/// of a field if the address is in use or the password is refused, [`Error::TooManyTries`] after too many attempts,
/// or an error if the database fails.
#[tracing::instrument(name = "sign_up.sign_up", skip_all, err(level = "debug"))]
pub async fn sign_up(service: &Service, new: NewSeller) -> Result<SignedInUser> {
    policy::require_open(service)?;
    // The first user is the operator, whom the set-up makes.
    if service.needs_setup().await? {
        return Err(Error::Conflict("This server is not set up yet.".into()));
    }
    if service.sends_mail() {
        let text = "This server proves addresses by mail. Ask for a link on the page “Create an account”.";
        return Err(Error::Conflict(text.into()));
    }
    let email = new.require_email()?;
    new.check_password(&email)?;
    service.sign_in_throttle.check_sign_up(new.address.as_deref(), service.now()).inspect_err(|_| {
        tracing::warn!(address = new.address.as_deref(), "sign-up refused: too many attempts");
    })?;
    let hash = new.hash().await?;
    let mut txn = service.begin_write().await?;
    let signed_in = new.insert(service, &mut txn, &email, &hash, None).await?;
    txn.commit().await?;
    tracing::info!(user = %signed_in.user, address = new.address.as_deref(), "seller signed up");
    Ok(signed_in)
}
