//! Makes another account for a user who has a sign-in.

use domain::bounded_text::Name;
use domain::sign_up::LinkOrigin;
use domain::{AccountId, UserId};
use sea_orm::EntityTrait as _;

use super::by_link::use_up;
use super::{link, policy};
use crate::account::{AccountOwner, insert_account};
use crate::store::entity::users;
use crate::{Error, Result, Service};

/// A user who signs up as another seller.
pub struct NewAccount {
    /// The account's name: the company or the shop.
    pub account: Name,
    /// The user, who has signed in.
    pub user: UserId,
    /// The client's address, if known.
    pub address: Option<String>,
}

/// Makes a new account whose owner is a user of this instance: by a link, once, or without a link on an open server.
///
/// # Errors
/// Returns [`Error::NotFound`] if no link has the token, [`Error::Conflict`] if the link cannot be used, is of another
/// address, or sign-up is not open, [`Error::TooManyTries`] after too many accounts without a link, or an error if the
/// database fails.
#[tracing::instrument(name = "sign_up.sign_up_as_user", skip_all, err(level = "debug"))]
pub async fn sign_up_as_user(service: &Service, token: Option<&str>, new: NewAccount) -> Result<AccountId> {
    let NewAccount { account, user, address } = new;
    let found = match token {
        Some(token) => Some(link::find_by_token(service.store.read(), &service.keys, token).await?),
        None => None,
    };
    if found.is_none() {
        policy::require_open(service)?;
        service.sign_in_throttle.check_sign_up(address.as_deref(), service.now()).inspect_err(|_| {
            tracing::warn!(address = address.as_deref(), "sign-up refused: too many attempts");
        })?;
    }
    let mut txn = service.begin_write().await?;
    let owner = users::Entity::find_by_id(user.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    let mut invited_by = None;
    if let Some(found) = found {
        let row = link::lock(&txn, found.id).await?;
        link::require_usable(service, &row, txn.now())?;
        if link::origin(&row) == LinkOrigin::Request && row.email.as_deref() != Some(owner.email.as_str()) {
            return Err(Error::Conflict("This link is for another e-mail address.".into()));
        }
        use_up(&txn, &row).await?;
        invited_by = row.invited_by_name;
    }
    let owner = AccountOwner {
        account: &account,
        user,
        name: &owner.name,
        email: &owner.email,
        address: address.clone(),
        invited_by: invited_by.as_deref(),
    };
    let made = insert_account(&mut txn, owner).await?;
    txn.commit().await?;
    tracing::info!(%user, account = %made, address = address.as_deref(), "user signed up as another seller");
    Ok(made)
}
