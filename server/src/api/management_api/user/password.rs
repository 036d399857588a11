//! Passwords of users.

use axum::extract::State;
use axum::response::Response;
use domain::{CustomerId, Scope};
use serde::Serialize;
use service::{Error, Service, customer};
use utoipa::ToSchema;

use super::schema::{PasswordChange, PasswordReset};
use crate::api::management_api::access::Caller;
use crate::api::management_api::answer;
use crate::api::management_api::body::{Body, Fields};
use crate::api::management_api::error::Result;
use crate::api::management_api::path::Id;

/// Longest password that is read. The present one may be of any length.
const MAX_PASSWORD: usize = 1024;

/// A token that resets a password.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::PasswordResetToken)]
struct ResetToken {
    /// The token. It can be used once within an hour, until the next one is made.
    reset_password_token: String,
}

/// Create a password reset token
///
/// Raises the event `user.reset-password-request`. A former token ends.
#[utoipa::path(post, path = "/v3/users/{id}/reset-password-token", tag = "Users",
    operation_id = "createPasswordResetToken",
    security(("bearer" = ["user:write"])),
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses((status = 200, description = "The token.", body = ResetToken)))]
pub(super) async fn request_reset(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
) -> Result<Response> {
    caller.require(Scope::USER_WRITE)?;
    let token = customer::request_password_reset(&service, caller.actor(), CustomerId(id)).await?;
    answer::ok(&ResetToken { reset_password_token: token })
}

/// Reset a user's password
#[utoipa::path(post, path = "/v3/users/{id}/reset-password", tag = "Users",
    operation_id = "resetUserPassword",
    security(("bearer" = ["user:write"])),
    params(("id" = Uuid, Path, description = "The user's id.")),
    request_body = PasswordReset,
    responses((status = 204, description = "The password is set.")))]
pub(super) async fn reset(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::USER_WRITE)?;
    let token = fields.required_string("token", 1..=256)?;
    let new = new_password(&fields)?;
    customer::reset_password(&service, caller.actor(), CustomerId(id), &token, new).await?;
    Ok(answer::no_content())
}

/// Change a user's password
///
/// Needs the present password. Without it, create a password reset token.
#[utoipa::path(post, path = "/v3/users/{id}/update-password", tag = "Users",
    operation_id = "changeUserPassword",
    security(("bearer" = ["user:write"])),
    params(("id" = Uuid, Path, description = "The user's id.")),
    request_body = PasswordChange,
    responses((status = 204, description = "The password is changed.")))]
pub(super) async fn update(
    State(service): State<Service>,
    caller: Caller,
    Id(id): Id,
    Body(fields): Body,
) -> Result<Response> {
    caller.require(Scope::USER_WRITE)?;
    let old = fields.password("oldPassword", 1..=MAX_PASSWORD)?;
    let old = old.ok_or_else(|| fields.error("oldPassword", "is required"))?;
    let new = new_password(&fields)?;
    match customer::update_password(&service, caller.actor(), CustomerId(id), old, new).await {
        Ok(()) => Ok(answer::no_content()),
        Err(Error::BadCredentials) => Err(fields.error("oldPassword", "is not the present password")),
        Err(error) => Err(error.into()),
    }
}

fn new_password(fields: &Fields) -> Result<String> {
    let new = fields.password("newPassword", 8..=256)?;
    new.ok_or_else(|| fields.error("newPassword", "is required"))
}
