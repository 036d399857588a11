//! The second factor for the user's own page.

use domain::view::SecondFactorView;
use domain::{Timestamp, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::set_up::{SetUpView, view};
use super::require::is_required;
use crate::store::entity::{recovery_codes, users};
use crate::{Error, Result, Service};

/// Returns the state of the user's second factor.
///
/// # Errors
/// Returns an error if the user does not exist or the database fails.
#[tracing::instrument(name = "account.show_second_factor", skip_all, fields(user = %user), err(level = "debug"))]
pub async fn show(service: &Service, user: UserId) -> Result<SecondFactorView> {
    let db = service.store.read();
    let row = users::Entity::find_by_id(user.0).one(db).await?.ok_or(Error::NotFound)?;
    let left =
        recovery_codes::Entity::find().filter(recovery_codes::Column::UserId.eq(user.0)).count(db).await?;
    Ok(SecondFactorView {
        enabled_at: row.totp_confirmed_at.map(Timestamp::from_millis),
        is_pending: row.totp_confirmed_at.is_none() && row.totp_secret_sealed.is_some(),
        recovery_codes_left: left,
        is_required: is_required(service, user).await?,
    })
}

/// Returns the secret that is being set up. `None` if none was made, or once it is confirmed.
///
/// # Errors
/// Returns an error if the user does not exist or the database fails.
pub async fn setup_of(service: &Service, user: UserId) -> Result<Option<SetUpView>> {
    let row = users::Entity::find_by_id(user.0).one(service.store.read()).await?.ok_or(Error::NotFound)?;
    match (&row.totp_secret_sealed, row.totp_confirmed_at) {
        (Some(sealed), None) => view(service, &row, sealed).map(Some),
        _ => Ok(None),
    }
}
