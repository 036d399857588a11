//! Shows a link to its holder.

use domain::Timestamp;
use domain::sign_up::LinkOrigin;
use domain::view::SignUpLinkView;

use super::link;
use crate::{Result, Service};

/// Returns what a link is good for, also if it cannot be used. The token is the permission.
///
/// # Errors
/// Returns [`crate::Error::NotFound`] if no link has the token, or another [`crate::Error`] if the database fails.
#[tracing::instrument(name = "sign_up.show_link", skip_all, err(level = "debug"))]
pub async fn show_link(service: &Service, token: &str) -> Result<SignUpLinkView> {
    let row = link::find_by_token(service.store.read(), &service.keys, token).await?;
    Ok(SignUpLinkView {
        refusal: link::refusal(service, &row, service.now()).map(ToOwned::to_owned),
        is_address_proved: link::origin(&row) == LinkOrigin::Request,
        invited_by: row.invited_by_name,
        email: row.email,
        expires_at: Timestamp::from_millis(row.expires_at),
    })
}
