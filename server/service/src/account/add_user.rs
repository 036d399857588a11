//! Adds a user to an account. Creates the account if it does not exist.

use domain::bounded_text::Name;
use domain::event::Event;
use domain::permission::Role;
use domain::{AccountId, Email, UserId};

use super::{new_account, new_password, row};
use crate::secrets::password;
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Principal, Result, Service};

/// A new user and the account to join.
pub struct NewUser {
    /// The e-mail address for sign-in.
    pub email: Email,
    /// The user's name.
    pub name: Name,
    /// The account's name; its slug is derived from it and decides whether it exists.
    pub account: Name,
    /// The role in the account.
    pub role: Role,
    /// The user operates the instance.
    pub is_operator: bool,
    /// The initial password.
    pub password: String,
}

/// Adds a user, for the operator's command and for the set-up.
///
/// # Errors
/// Returns an error if the address is in use, the password is too short, or the database fails.
#[tracing::instrument(name = "account.add_user", skip_all, err(level = "debug"))]
pub async fn add_user(service: &Service, new: NewUser, by: Principal) -> Result<(AccountId, UserId)> {
    new_password::check(&new.password, &[new.email.as_str(), new.name.as_str(), new.account.as_str()])?;
    let hash = password::hash(new.password.clone()).await?;
    let mut txn = service.begin_write().await?;
    let added = insert_user(&mut txn, new, hash, by).await?;
    txn.commit().await?;
    Ok(added)
}

pub(super) async fn insert_user(
    txn: &mut WriteTxn,
    new: NewUser,
    hash: String,
    by: Principal,
) -> Result<(AccountId, UserId)> {
    let (account, is_new) = find_or_create_account(txn, &new.account).await?;
    let user = row::insert_user(txn, &new.email, &new.name, hash, new.is_operator).await?;
    row::insert_membership(txn, account, user, new.role, None).await?;
    let actor = Actor { account, principal: by };
    if is_new {
        txn.record(&actor, audit_event(Event::AccountCreated, new.account.as_str(), user));
    }
    let detail = format!("{} as {}", new.email, new.role);
    txn.record(&actor, audit_event(Event::MemberAdded, &detail, user));
    Ok((account, user))
}

/// Finds the account by name or slug, or creates it. Two names with the same slug become two
/// accounts, so that no user joins a foreign account.
async fn find_or_create_account(txn: &WriteTxn, name: &Name) -> Result<(AccountId, bool)> {
    for slug in new_account::slugs(name) {
        match new_account::find_by_slug(txn, &slug).await? {
            Some(row)
                if row.name.to_lowercase() == name.as_str().to_lowercase() || row.slug == name.as_str() =>
            {
                return Ok((AccountId(row.id), false));
            }
            Some(_another) => {}
            None => return Ok((new_account::insert(txn, name, slug).await?, true)),
        }
    }
    Err(new_account::no_free_slug())
}

pub(super) fn audit_event(event: Event, detail: &str, user: UserId) -> AuditEvent {
    AuditEvent {
        event,
        license: None,
        product: None,
        detail: Some(detail.to_owned()),
        payload: serde_json::json!({ "user_id": user }),
    }
}
