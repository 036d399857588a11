//! Accepts an invitation: as a user of this instance, or as a new one.

use domain::bounded_text::Name;
use domain::event::Event;
use domain::mail::MailKind;
use domain::{AccountId, Email, InvitationId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::invitation;
use super::lock::{self, LockedMembers, parse_role};
use crate::account::throttle::Attempt;
use crate::account::{SignedInUser, new_password, row, suspension};
use crate::secrets::password;
use crate::store::WriteTxn;
use crate::store::entity::{accounts, invitations};
use crate::{Actor, Error, Principal, Result, Service, mail};

/// A person who becomes a user of this instance.
pub struct NewMember {
    /// The user's name.
    pub name: Name,
    /// The e-mail address for sign-in.
    pub email: Email,
    /// The password.
    pub password: String,
    /// The client's address, if known. Attempts are limited, because an answer tells whether an address is in use.
    pub address: Option<String>,
}

/// Accepts an invitation as a user who has signed in. Returns the account.
///
/// # Errors
/// Returns an error if the invitation does not exist or is not open, the user is a member already, or the
/// database fails.
#[tracing::instrument(name = "member.accept_invitation", skip_all, err(level = "debug"))]
pub async fn accept_invitation(service: &Service, token: &str, user: UserId) -> Result<AccountId> {
    let found = invitation::find_by_token(service.store.read(), &service.keys, token).await?;
    let mut txn = service.begin_write().await?;
    let open = lock_open(&txn, &found).await?;
    let name = lock::user_name(&txn, user).await?;
    join(&mut txn, &open, user, name).await?;
    txn.commit().await?;
    Ok(AccountId(open.account_id))
}

/// Accepts an invitation as a new user. Returns the account, and the user as signed in.
///
/// # Errors
/// Returns an error if the invitation does not exist or is not open, the address is in use, the password is
/// refused, or the database fails.
#[tracing::instrument(name = "member.accept_invitation_as_new_user", skip_all, err(level = "debug"))]
pub async fn accept_invitation_as_new_user(
    service: &Service,
    token: &str,
    new: NewMember,
) -> Result<(AccountId, SignedInUser)> {
    let db = service.store.read();
    let found = invitation::find_by_token(db, &service.keys, token).await?;
    // Without an open invitation, no password is hashed.
    invitation::require_open(&found, service.now())?;
    let bucket = format!("invitation {}", found.id);
    let attempt = Attempt { account: &bucket, address: new.address.as_deref(), device: None };
    tokio::time::sleep(service.sign_in_throttle.check(&attempt, service.now())?).await;
    let account = accounts::Entity::find_by_id(found.account_id).one(db).await?.ok_or(Error::NotFound)?;
    new_password::check(&new.password, &[new.email.as_str(), new.name.as_str(), &account.name])?;
    let hash = password::hash(new.password).await?;
    let mut txn = service.begin_write().await?;
    let open = lock_open(&txn, &found).await?;
    let user = row::insert_user(&txn, &new.email, &new.name, hash.clone(), false).await?;
    join(&mut txn, &open, user, new.name.to_string()).await?;
    txn.commit().await?;
    Ok((AccountId(open.account_id), SignedInUser::new(&service.keys, user, &hash, None)?))
}

/// Locks an invitation and checks that it is open. Of two people who accept one invitation at once, the
/// second waits here and is refused.
async fn lock_open(txn: &WriteTxn, found: &invitations::Model) -> Result<invitations::Model> {
    let account = AccountId(found.account_id);
    LockedMembers::lock(txn, account).await?;
    let row = invitation::lock(txn, account, InvitationId(found.id)).await?;
    invitation::require_open(&row, txn.now())?;
    suspension::require_not_suspended(txn.conn(), account).await?;
    Ok(row)
}

/// Adds the member and closes the invitation.
async fn join(txn: &mut WriteTxn, open: &invitations::Model, user: UserId, name: String) -> Result<()> {
    let (account, role) = (AccountId(open.account_id), parse_role(&open.role)?);
    row::insert_membership(txn, account, user, role, Some(txn.now())).await?;
    invitations::Entity::update_many()
        .col_expr(invitations::Column::AcceptedAt, Expr::value(txn.now().millis()))
        .col_expr(invitations::Column::AcceptedBy, Expr::value(user.0))
        .filter(invitations::Column::Id.eq(open.id))
        .exec(txn.conn())
        .await?;
    mail::cancel(txn, MailKind::Invitation, open.id, "The invitation was accepted.").await?;
    let detail = format!("{name} as {role}, invited by {}", open.actor_name);
    let event = lock::audit_event(Event::MemberJoined, user, detail)
        .with_payload("invitation_id", open.id.to_string())
        .with_payload("role", role.as_str());
    txn.record(&Actor { account, principal: Principal::Member { user, name, role, ip: None } }, event);
    Ok(())
}
