//! Invites a person to the account.

use domain::bounded_text::Name;
use domain::event::Event;
use domain::invitation::INVITATION_LIFETIME_MS;
use domain::mail::MailKind;
use domain::permission::{Permission, Role};
use domain::{Email, InvitationId, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, Set,
};

use super::invitation;
use super::lock::{LockedMembers, parse_role};
use crate::mail::texts::InvitationText;
use crate::mail::{NewMail, queue, require_quota};
use crate::store::WriteTxn;
use crate::store::entity::{accounts, invitations};
use crate::{Actor, Error, Result, Service, new_id, random};

/// Maximum number of open invitations of an account.
const MAX_OPEN_INVITATIONS: u64 = 100;

/// A new invitation.
pub struct NewInvitation {
    /// The role that the invited person gets.
    pub role: Role,
    /// The invited person's name, if given.
    pub name: Option<Name>,
    /// The invited person's e-mail address, if given.
    pub email: Option<Email>,
}

/// An invitation that was just made.
pub struct CreatedInvitation {
    /// The invitation's id.
    pub id: InvitationId,
    /// The token of its link in clear text. It cannot be shown again.
    pub token: String,
}

/// Invites a person. The link works once, for seven days, for anyone who has it. It is sent by mail too, if
/// the invitation has an address and mail is on.
///
/// # Errors
/// Returns an error if the actor may not give the role, too many invitations are open, or the database fails.
#[tracing::instrument(name = "member.invite", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn invite(service: &Service, actor: &Actor, new: NewInvitation) -> Result<CreatedInvitation> {
    actor.require(Permission::ManageMembers)?;
    let token = random::stored_token();
    let mut txn = service.begin_write().await?;
    LockedMembers::lock(&txn, actor.account).await?.require(actor, None, Some(new.role))?;
    let now = txn.now();
    let open = invitation::find_pending(actor.account)
        .filter(invitations::Column::ExpiresAt.gt(now.millis()))
        .count(txn.conn())
        .await?;
    if open >= MAX_OPEN_INVITATIONS {
        let text = format!("{open} invitations are open. Withdraw one of them first.");
        return Err(Error::Conflict(text));
    }
    let (actor_id, _) = actor.principal.actor_id_and_ip();
    let row = invitations::ActiveModel {
        id: Set(new_id()),
        account_id: Set(actor.account.0),
        token_digest: Set(invitation::token_digest(&service.keys, &token)),
        role: Set(new.role.as_str().to_owned()),
        name: Set(new.name.map(|name| name.to_string())),
        email: Set(new.email.map(|email| email.to_string())),
        actor_kind: Set(actor.principal.kind().to_owned()),
        actor_id: Set(actor_id),
        actor_name: Set(actor.principal.name().to_owned()),
        created_at: Set(now.millis()),
        expires_at: Set(now.plus_millis(INVITATION_LIFETIME_MS).millis()),
        accepted_at: Set(None),
        accepted_by: Set(None),
        withdrawn_at: Set(None),
    };
    let row = row.insert(txn.conn()).await?;
    let id = InvitationId(row.id);
    let event = invitation::audit_event(Event::MemberInvited, id, invitation::detail(&row));
    txn.record(actor, event.with_payload("role", row.role.as_str()));
    queue_link(service, &txn, actor, row, &token).await?;
    txn.commit().await?;
    Ok(CreatedInvitation { id, token })
}

/// Queues the mail with the link.
async fn queue_link(
    service: &Service,
    txn: &WriteTxn,
    actor: &Actor,
    row: invitations::Model,
    token: &str,
) -> Result<()> {
    let (Some(mailer), Some(email)) = (service.mailer.get(), row.email) else { return Ok(()) };
    require_quota(txn, actor.account).await?;
    let account = accounts::Entity::find_by_id(actor.account.0).one(txn.conn()).await?;
    let account = account.ok_or(Error::NotFound)?;
    let expires_at = Timestamp::from_millis(row.expires_at);
    let text = InvitationText {
        account: &account.name,
        invited_by: &row.actor_name,
        role: parse_role(&row.role)?,
        token,
        expires_at,
    };
    let new = NewMail {
        account: actor.account,
        kind: MailKind::Invitation,
        recipient: email,
        content: text.content(mailer.origin()),
        object: Some(row.id),
        customer: None,
        expires_at,
    };
    queue(txn, &service.keys, new).await.map(drop)
}
