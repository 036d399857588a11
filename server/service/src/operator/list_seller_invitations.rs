//! Open invitations of new sellers.

use domain::view::SellerInvitationRow;
use domain::{SellerInvitationId, Timestamp};
use sea_orm::QuerySelect as _;
use uuid::Uuid;

use super::Operator;
use crate::account::Member;
use crate::sign_up::link;
use crate::{Result, Service, mail};

/// Maximum number of invitations listed.
const MAX_ROWS_LISTED: u64 = 200;

/// Returns the open invitations of all operators, the newest first.
///
/// # Errors
/// [`crate::Error::NotFound`] if the user is no operator, or another [`crate::Error`] if the database fails.
#[tracing::instrument(name = "operator.list_seller_invitations", skip_all, err(level = "debug"))]
pub async fn list_seller_invitations(service: &Service, member: &Member) -> Result<Vec<SellerInvitationRow>> {
    Operator::of(member)?;
    let db = service.store.read();
    let rows = link::find_open_invitations(service.now()).limit(MAX_ROWS_LISTED).all(db).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut mails = mail::of_invitations(db, &ids).await?;
    let newest_first = rows.into_iter().rev();
    Ok(newest_first
        .map(|row| SellerInvitationRow {
            mail: mails.remove(&row.id),
            id: SellerInvitationId(row.id),
            email: row.email,
            invited_by: row.invited_by_name.unwrap_or_default(),
            expires_at: Timestamp::from_millis(row.expires_at),
        })
        .collect())
}
