//! Shows an invitation to the holder of its link.

use domain::Timestamp;
use domain::view::InvitationView;
use sea_orm::EntityTrait as _;

use super::invitation;
use super::lock::parse_role;
use crate::store::entity::accounts;
use crate::{Error, Result, Service};

/// Returns the invitation of a link, also if it cannot be accepted any more. The token is the permission.
///
/// # Errors
/// Returns [`Error::NotFound`] if no invitation has the token, or another [`Error`] if the database fails.
#[tracing::instrument(name = "member.show_invitation", skip_all, err(level = "debug"))]
pub async fn show_invitation(service: &Service, token: &str) -> Result<InvitationView> {
    let db = service.store.read();
    let row = invitation::find_by_token(db, &service.keys, token).await?;
    let account = accounts::Entity::find_by_id(row.account_id).one(db).await?.ok_or(Error::NotFound)?;
    Ok(InvitationView {
        account: account.name,
        role: parse_role(&row.role)?,
        state: invitation::state(&row, service.now()),
        invited_by: row.actor_name,
        name: row.name,
        email: row.email,
        expires_at: Timestamp::from_millis(row.expires_at),
    })
}
