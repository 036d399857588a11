//! Rows of invitations.

use domain::event::Event;
use domain::invitation::InvitationState;
use domain::mail::MailKind;
use domain::permission::{Role, may_assign};
use domain::{AccountId, InvitationId, Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};

use super::lock::parse_role;
use crate::secrets::{Keyring, Purpose};
use crate::store::entity::invitations;
use crate::store::{AuditEvent, WriteTxn, convert};
use crate::{Actor, Error, Result, mail};

/// Returns the stored digest of a link's token.
pub(super) fn token_digest(keys: &Keyring, token: &str) -> Vec<u8> {
    keys.digest(Purpose::Invitation, token.as_bytes()).to_vec()
}

/// Finds the invitation of a link.
///
/// # Errors
/// Returns [`Error::NotFound`] if no invitation has the token, or another [`Error`] if the database fails.
pub(super) async fn find_by_token(
    db: &impl ConnectionTrait,
    keys: &Keyring,
    token: &str,
) -> Result<invitations::Model> {
    invitations::Entity::find()
        .filter(invitations::Column::TokenDigest.eq(token_digest(keys, token)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Loads an invitation of the account and locks it until the transaction ends. The memberships of the account
/// are locked before it.
///
/// # Errors
/// Returns [`Error::NotFound`] if the account has no such invitation, or another [`Error`] if the database
/// fails.
pub(super) async fn lock(txn: &WriteTxn, account: AccountId, id: InvitationId) -> Result<invitations::Model> {
    let mut find = invitations::Entity::find_by_id(id.0).filter(invitations::Column::AccountId.eq(account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    find.one(txn.conn()).await?.ok_or(Error::NotFound)
}

/// Selects the account's invitations that were neither accepted nor withdrawn, the oldest first.
pub(super) fn find_pending(account: AccountId) -> Select<invitations::Entity> {
    invitations::Entity::find()
        .filter(invitations::Column::AccountId.eq(account.0))
        .filter(invitations::Column::AcceptedAt.is_null())
        .filter(invitations::Column::WithdrawnAt.is_null())
        .order_by_asc(invitations::Column::Id)
}

/// Returns the state of an invitation.
pub(super) fn state(row: &invitations::Model, now: Timestamp) -> InvitationState {
    let (accepted_at, withdrawn_at) =
        (convert::to_timestamp(row.accepted_at), convert::to_timestamp(row.withdrawn_at));
    InvitationState::at(now, Timestamp::from_millis(row.expires_at), accepted_at, withdrawn_at)
}

/// Checks that an invitation is open.
///
/// # Errors
/// [`Error::Conflict`] with the reason.
pub(super) fn require_open(row: &invitations::Model, now: Timestamp) -> Result<()> {
    state(row, now).refusal().map_or(Ok(()), |reason| Err(Error::Conflict(reason.into())))
}

/// Withdraws one invitation.
pub(super) async fn withdraw(txn: &mut WriteTxn, actor: &Actor, row: &invitations::Model) -> Result<()> {
    invitations::Entity::update_many()
        .col_expr(invitations::Column::WithdrawnAt, Expr::value(txn.now().millis()))
        .filter(invitations::Column::Id.eq(row.id))
        .exec(txn.conn())
        .await?;
    mail::cancel(txn, MailKind::Invitation, row.id, "The invitation was withdrawn.").await?;
    txn.record(actor, audit_event(Event::InvitationWithdrawn, InvitationId(row.id), detail(row)));
    Ok(())
}

/// Withdraws the pending invitations of a member that the member could not make with the role `now`. `None`
/// is a user who is no member any more. A removed member would come back through an own invitation otherwise.
pub(super) async fn withdraw_of_member(
    txn: &mut WriteTxn,
    actor: &Actor,
    user: UserId,
    now: Option<Role>,
) -> Result<()> {
    let rows = find_pending(actor.account)
        .filter(invitations::Column::ExpiresAt.gt(txn.now().millis()))
        .filter(invitations::Column::ActorKind.eq("member"))
        .filter(invitations::Column::ActorId.eq(user.0))
        .all(txn.conn())
        .await?;
    for row in rows {
        let role = parse_role(&row.role)?;
        if now.is_none_or(|now| !may_assign(now, None, Some(role))) {
            withdraw(txn, actor, &row).await?;
        }
    }
    Ok(())
}

/// Describes an invitation in an audit entry.
pub(super) fn detail(row: &invitations::Model) -> String {
    let invited = row.name.as_deref().or(row.email.as_deref()).unwrap_or("anyone with the link");
    format!("{invited} as {}", row.role)
}

/// Creates an event about an invitation.
pub(super) fn audit_event(event: Event, id: InvitationId, detail: String) -> AuditEvent {
    AuditEvent {
        event,
        license: None,
        product: None,
        detail: Some(detail),
        payload: serde_json::json!({ "invitation_id": id }),
    }
}
