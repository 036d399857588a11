//! Invites a new seller to this instance.

use domain::event::Event;
use domain::invitation::INVITATION_LIFETIME_MS;
use domain::mail::MailKind;
use domain::{Email, SellerInvitationId};
use sea_orm::PaginatorTrait as _;

use super::Operator;
use super::invitation::{audit_event, detail};
use crate::account::Member;
use crate::mail::{NewMail, queue, texts};
use crate::sign_up::link::{self, MadeLink};
use crate::sign_up::require_invitations;
use crate::store::WriteTxn;
use crate::{Actor, Error, Result, Service};

/// Maximum number of open invitations of an instance.
const MAX_OPEN_INVITATIONS: u64 = 100;

/// An invitation of a seller that was just made.
pub struct CreatedSellerInvitation {
    /// The invitation's id.
    pub id: SellerInvitationId,
    /// The token of its link in clear text. It cannot be shown again.
    pub token: String,
}

/// Invites a person to make an account for a new seller. The link works once, for seven days, for anyone who has
/// it, also for a user of this instance. It is sent by mail too, if an address is given and mail is on. The
/// operator's present account has the audit entry and the mail, because the seller has no account yet.
///
/// # Errors
/// [`Error::NotFound`] if the user is no operator, [`Error::Conflict`] if sign-up is closed or too many
/// invitations are open, or another [`Error`] if the database fails.
#[tracing::instrument(name = "operator.invite_seller", skip_all, err(level = "debug"))]
pub async fn invite_seller(
    service: &Service,
    member: &Member,
    email: Option<Email>,
) -> Result<CreatedSellerInvitation> {
    let operator = Operator::of(member)?;
    require_invitations(service)?;
    let actor = operator.actor(member.actor.account);
    let mut txn = service.begin_write().await?;
    let open = link::find_open_invitations(txn.now()).count(txn.conn()).await?;
    if open >= MAX_OPEN_INVITATIONS {
        let text = format!("{open} invitations are open. Withdraw one of them first.");
        return Err(Error::Conflict(text));
    }
    let inviter = Some(&actor.principal);
    let made = link::insert(&txn, &service.keys, inviter, email.as_ref(), INVITATION_LIFETIME_MS).await?;
    let id = SellerInvitationId(made.id);
    txn.record(&actor, audit_event(Event::SellerInvited, id, detail(email.as_ref().map(Email::as_str))));
    queue_link(service, &txn, &actor, email, &made).await?;
    txn.commit().await?;
    tracing::info!(invitation = %id, "seller invited");
    Ok(CreatedSellerInvitation { id, token: made.token })
}

/// Queues the mail with the link.
async fn queue_link(
    service: &Service,
    txn: &WriteTxn,
    actor: &Actor,
    email: Option<Email>,
    made: &MadeLink,
) -> Result<()> {
    let (Some(mailer), Some(email)) = (service.mailer.get(), email) else { return Ok(()) };
    let invited_by = actor.principal.name();
    let new = NewMail {
        account: actor.account,
        kind: MailKind::SellerInvitation,
        recipient: email.to_string(),
        content: texts::seller_invitation(mailer.origin(), invited_by, &made.token, made.expires_at),
        object: Some(made.id),
        customer: None,
        expires_at: made.expires_at,
    };
    queue(txn, &service.keys, new).await.map(drop)
}
