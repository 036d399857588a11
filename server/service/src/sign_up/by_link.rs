//! Signs a seller up by a link.

use domain::Email;
use domain::mail::MailKind;
use domain::sign_up::LinkOrigin;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{NewSeller, link};
use crate::account::SignedInUser;
use crate::account::throttle::Attempt;
use crate::store::WriteTxn;
use crate::store::entity::{sign_up_links, users};
use crate::{Error, Result, Service, mail};

/// Makes an account with its owner by a link, once. The owner is signed in. An invitation lets the person choose
/// the address; a link that was asked for has proved its own.
///
/// # Errors
/// Returns [`Error::NotFound`] if no link has the token, [`Error::Conflict`] if it cannot be used, an error of a
/// field if the address is in use or the password is refused, [`Error::TooManyTries`] after too many attempts, or an
/// error if the database fails.
#[tracing::instrument(name = "sign_up.sign_up_by_link", skip_all, err(level = "debug"))]
pub async fn sign_up_by_link(service: &Service, token: &str, new: NewSeller) -> Result<SignedInUser> {
    let found = link::find_by_token(service.store.read(), &service.keys, token).await?;
    // Without a usable link, no password is hashed.
    link::require_usable(service, &found, service.now())?;
    let bucket = format!("sign-up {}", found.id);
    let attempt = Attempt { account: &bucket, address: new.address.as_deref(), device: None };
    tokio::time::sleep(service.sign_in_throttle.check(&attempt, service.now())?).await;
    let email = address_of(&found, &new)?;
    new.check_password(&email)?;
    service.sign_in_throttle.check_sign_up(new.address.as_deref(), service.now()).inspect_err(|_| {
        tracing::warn!(address = new.address.as_deref(), "sign-up refused: too many attempts");
    })?;
    let hash = new.hash().await?;
    let mut txn = service.begin_write().await?;
    let row = link::lock(&txn, found.id).await?;
    link::require_usable(service, &row, txn.now())?;
    if link::origin(&row) == LinkOrigin::Request {
        require_unused(&txn, &email).await?;
    }
    let signed_in = new.insert(service, &mut txn, &email, &hash, row.invited_by_name.as_deref()).await?;
    use_up(&txn, &row).await?;
    txn.commit().await?;
    tracing::info!(user = %signed_in.user, address = new.address.as_deref(), "seller signed up by a link");
    Ok(signed_in)
}

/// Stores that a locked link was used, and ends its mail.
pub(super) async fn use_up(txn: &WriteTxn, row: &sign_up_links::Model) -> Result<()> {
    link::set_used(txn, row.id).await?;
    let kind = match link::origin(row) {
        LinkOrigin::Operator => MailKind::SellerInvitation,
        LinkOrigin::Request => MailKind::SignUp,
    };
    mail::cancel(txn, kind, row.id, "The link was used.").await
}

/// Returns the address of the new user.
fn address_of(row: &sign_up_links::Model, new: &NewSeller) -> Result<Email> {
    if link::origin(row) == LinkOrigin::Operator {
        return new.require_email();
    }
    let stored = row.email.as_deref().and_then(|email| Email::parse(email).ok());
    stored.ok_or_else(|| Error::Internal("a link proves no address".into()))
}

/// Checks that no user has the proved address, whose form has no field to mark.
async fn require_unused(txn: &WriteTxn, email: &Email) -> Result<()> {
    let find = users::Entity::find().filter(users::Column::Email.eq(email.as_str()));
    if find.one(txn.conn()).await?.is_some() {
        return Err(Error::Conflict("A user with this address exists already. Please sign in.".into()));
    }
    Ok(())
}
