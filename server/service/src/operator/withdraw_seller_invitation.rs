//! Withdraws the invitation of a new seller.

use domain::SellerInvitationId;
use domain::event::Event;
use domain::invitation::InvitationState;
use domain::mail::MailKind;
use domain::sign_up::LinkOrigin;

use super::Operator;
use super::invitation::{audit_event, detail};
use crate::account::Member;
use crate::sign_up::link;
use crate::{Error, Result, Service, mail};

/// Withdraws an invitation, so that its link stops working. Withdrawing again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] if the user is no operator or the invitation does not exist, [`Error::Conflict`] if it was
/// used, or another [`Error`] if the database fails.
#[tracing::instrument(name = "operator.withdraw_seller_invitation", skip_all, fields(invitation = %id), err(level = "debug"))]
pub async fn withdraw_seller_invitation(
    service: &Service,
    member: &Member,
    id: SellerInvitationId,
) -> Result<()> {
    let operator = Operator::of(member)?;
    let mut txn = service.begin_write().await?;
    let row = link::lock(&txn, id.0).await?;
    if link::origin(&row) == LinkOrigin::Request {
        return Err(Error::NotFound);
    }
    match link::state(&row, txn.now()) {
        InvitationState::Withdrawn => return Ok(()),
        InvitationState::Accepted => {
            return Err(Error::Conflict("This invitation was used already.".into()));
        }
        InvitationState::Open | InvitationState::Expired => {}
    }
    link::set_withdrawn(&txn, row.id).await?;
    mail::cancel(&txn, MailKind::SellerInvitation, row.id, "The invitation was withdrawn.").await?;
    let event = audit_event(Event::SellerInvitationWithdrawn, id, detail(row.email.as_deref()));
    txn.record(&operator.actor(member.actor.account), event);
    txn.commit().await
}
