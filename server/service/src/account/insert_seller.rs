//! The rows of a seller who signs up.

use domain::bounded_text::Name;
use domain::event::Event;
use domain::permission::Role;
use domain::{AccountId, Email, UserId};

use super::add_user::audit_event;
use super::{new_account, row};
use crate::store::WriteTxn;
use crate::{Actor, Principal, Result};

/// A person who signs up, with the account of which the person becomes the owner.
pub(crate) struct SellerOwner<'a> {
    /// The account's name.
    pub account: &'a Name,
    /// The person's name.
    pub name: &'a Name,
    /// The e-mail address for sign-in.
    pub email: &'a Email,
    /// The hash of the password.
    pub hash: &'a str,
    /// The client's address, if known.
    pub address: Option<String>,
    /// The name of the operator who invited the person.
    pub invited_by: Option<&'a str>,
}

/// A user who becomes the owner of a new account.
pub(crate) struct AccountOwner<'a> {
    /// The account's name.
    pub account: &'a Name,
    /// The user.
    pub user: UserId,
    /// The user's name.
    pub name: &'a str,
    /// The user's e-mail address.
    pub email: &'a str,
    /// The client's address, if known.
    pub address: Option<String>,
    /// The name of the operator who invited the user.
    pub invited_by: Option<&'a str>,
}

/// Inserts a new account and its owner.
///
/// # Errors
/// Returns an error of the field `email` if the address is in use, or an error if the database fails.
pub(crate) async fn insert_seller(txn: &mut WriteTxn, owner: SellerOwner<'_>) -> Result<UserId> {
    let user = row::insert_user(txn, owner.email, owner.name, owner.hash.to_owned(), false).await?;
    let owner = AccountOwner {
        account: owner.account,
        user,
        name: owner.name.as_str(),
        email: owner.email.as_str(),
        address: owner.address,
        invited_by: owner.invited_by,
    };
    insert_account(txn, owner).await?;
    Ok(user)
}

/// Inserts a new account of a user. The account is always a new one: no owner joins another by its name.
///
/// # Errors
/// Returns an error of the field `account` if no slug is free, or an error if the database fails.
pub(crate) async fn insert_account(txn: &mut WriteTxn, owner: AccountOwner<'_>) -> Result<AccountId> {
    let account = new_account::insert_with_free_slug(txn, owner.account).await?;
    let user = owner.user;
    row::insert_membership(txn, account, user, Role::Owner, Some(txn.now())).await?;
    let name = owner.name.to_owned();
    let actor =
        Actor { account, principal: Principal::Member { user, name, role: Role::Owner, ip: owner.address } };
    let created = match owner.invited_by {
        Some(operator) => format!("{}, invited by {operator}", owner.account),
        None => owner.account.to_string(),
    };
    txn.record(&actor, audit_event(Event::AccountCreated, &created, user));
    let added = format!("{} as {}", owner.email, Role::Owner);
    txn.record(&actor, audit_event(Event::MemberAdded, &added, user));
    Ok(account)
}
