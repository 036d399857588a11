//! The second factor for the user's own page.

use domain::Timestamp;
use domain::view::SecondFactorView;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::require::is_required;
use super::set_up::{SetUpView, unconfirmed, view};
use crate::store::entity::{recovery_codes, users};
use crate::{Actor, Error, Result, Service};

/// Returns the state of the actor's second factor.
///
/// # Errors
/// Returns an error if the actor is no member or the database fails.
#[tracing::instrument(name = "account.show_second_factor", skip_all, err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor) -> Result<SecondFactorView> {
    let (user, db) = (actor.own_user()?, service.store.read());
    let row = users::Entity::find_by_id(user.0).one(db).await?.ok_or(Error::NotFound)?;
    let left =
        recovery_codes::Entity::find().filter(recovery_codes::Column::UserId.eq(user.0)).count(db).await?;
    Ok(SecondFactorView {
        enabled_at: row.totp_confirmed_at.map(Timestamp::from_millis),
        recovery_codes_left: left,
        is_required: is_required(service, user).await?,
    })
}

/// Returns the secret that was made at `made_at`. `None` if it has expired, or was replaced or confirmed.
///
/// # Errors
/// Returns an error if the actor is no member or the database fails.
pub async fn setup_of(
    service: &Service,
    actor: &Actor,
    made_at: Option<Timestamp>,
) -> Result<Option<SetUpView>> {
    let user = actor.own_user()?;
    let row = users::Entity::find_by_id(user.0).one(service.store.read()).await?.ok_or(Error::NotFound)?;
    unconfirmed(&row, made_at, service.now()).map(|sealed| view(service, &row, sealed)).transpose()
}
