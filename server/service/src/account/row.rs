//! New rows of users and memberships.

use domain::bounded_text::Name;
use domain::permission::Role;
use domain::{AccountId, Email, Timestamp, UserId};
use sea_orm::{ActiveModelTrait as _, Set};

use crate::error::is_duplicate;
use crate::store::WriteTxn;
use crate::store::entity::{memberships, users};
use crate::{Error, Result, new_id};

/// Inserts a user.
///
/// # Errors
/// Returns an error if the address is in use or the database fails.
pub(crate) async fn insert_user(
    txn: &WriteTxn,
    email: &Email,
    name: &Name,
    hash: String,
    is_operator: bool,
) -> Result<UserId> {
    let now = txn.now().millis();
    let user = users::ActiveModel {
        id: Set(new_id()),
        email: Set(email.to_string()),
        name: Set(name.to_string()),
        password_hash: Set(hash),
        is_operator: Set(is_operator),
        created_at: Set(now),
        updated_at: Set(now),
        totp_secret_sealed: Set(None),
        totp_made_at: Set(None),
        totp_confirmed_at: Set(None),
        totp_last_step: Set(None),
    };
    match user.insert(txn.conn()).await {
        Err(e) if is_duplicate(&e) => Err(Error::invalid("email", "A user with this address exists.")),
        other => Ok(UserId(other?.id)),
    }
}

/// Inserts the membership of a user in an account.
///
/// # Errors
/// Returns an error if the user is a member of the account or the database fails.
pub(crate) async fn insert_membership(
    txn: &WriteTxn,
    account: AccountId,
    user: UserId,
    role: Role,
    last_sign_in_at: Option<Timestamp>,
) -> Result<()> {
    let membership = memberships::ActiveModel {
        account_id: Set(account.0),
        user_id: Set(user.0),
        role: Set(role.as_str().to_owned()),
        created_at: Set(txn.now().millis()),
        last_sign_in_at: Set(last_sign_in_at.map(Timestamp::millis)),
    };
    match membership.insert(txn.conn()).await {
        Err(e) if is_duplicate(&e) => {
            Err(Error::Conflict("You are a member of this account already.".into()))
        }
        other => Ok(other.map(drop)?),
    }
}
