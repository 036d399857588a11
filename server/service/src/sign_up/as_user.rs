//! Makes another account for a user who has a sign-in.

use domain::bounded_text::Name;
use domain::sign_up::LinkOrigin;
use domain::{AccountId, Email, UserId};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, JoinType, QueryFilter as _, QuerySelect as _, RelationTrait as _,
};
use uuid::Uuid;

use super::by_link::use_up;
use super::{link, policy};
use crate::account::{AccountOwner, insert_account};
use crate::store::WriteTxn;
use crate::store::entity::{accounts, memberships, sign_up_links, users};
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
/// address, sign-up is not open, or an account of the user is suspended, [`Error::TooManyTries`] after too many accounts
/// without a link, or an error if the database fails.
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
    require_no_suspension(&txn, user).await?;
    let mut invited_by = None;
    if let Some(found) = found {
        let row = link::lock(&txn, found.id).await?;
        link::require_usable(service, &row, txn.now())?;
        require_address(&row, &owner.email)?;
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

/// Checks that a link can be used by the user with an address, before the user signs in.
///
/// # Errors
/// Returns [`Error::NotFound`] if no link has the token, [`Error::Conflict`] if it cannot be used or is of another
/// address, an error of the field `email` if the text is no address, or an error if the database fails.
#[tracing::instrument(name = "sign_up.check_link", skip_all, err(level = "debug"))]
pub async fn check_link(service: &Service, token: &str, email: &str) -> Result<()> {
    let row = link::find_by_token(service.store.read(), &service.keys, token).await?;
    link::require_usable(service, &row, service.now())?;
    require_address(&row, Email::parse(email)?.as_str())
}

/// Checks that a link that proves an address is of this one.
fn require_address(row: &sign_up_links::Model, email: &str) -> Result<()> {
    if link::origin(row) == LinkOrigin::Request && row.email.as_deref() != Some(email) {
        return Err(Error::Conflict("This link is for another e-mail address.".into()));
    }
    Ok(())
}

/// Checks that the operator has suspended no account of the user: another account would evade it.
async fn require_no_suspension(txn: &WriteTxn, user: UserId) -> Result<()> {
    let suspended: Option<Uuid> = memberships::Entity::find()
        .join(JoinType::InnerJoin, memberships::Relation::Account.def())
        .filter(memberships::Column::UserId.eq(user.0))
        .filter(accounts::Column::SuspendedAt.is_not_null())
        .select_only()
        .column(memberships::Column::AccountId)
        .into_tuple()
        .one(txn.conn())
        .await?;
    if suspended.is_some() {
        let text = "The operator of this server has suspended an account of yours. You cannot make another one until it is \
                    reinstated.";
        return Err(Error::Conflict(text.into()));
    }
    Ok(())
}
