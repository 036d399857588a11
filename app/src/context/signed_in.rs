//! The signed-in member of a request.

use domain::UserId;
use domain::view::CurrentUser;
use http::StatusCode;
use service::account::Member;
use service::{Actor, Error, Principal};

use super::server::{request, status, to_ui_error};
use crate::UiError;

/// Returns the signed-in member, or the error `signed_out` with status 401. If the account is suspended, the
/// error is `suspended` with status 403.
pub(crate) fn member() -> Result<Member, UiError> {
    let request = request()?;
    if request.suspended.is_some() {
        status(StatusCode::FORBIDDEN);
        return Err(UiError::new("suspended", "The operator of this server has suspended this account."));
    }
    request.member.ok_or_else(|| {
        status(StatusCode::UNAUTHORIZED);
        UiError::new("signed_out", "You are not signed in any more. Please sign in again.")
    })
}

/// Returns the signed-in user, if any.
pub(crate) fn signed_in_user() -> Option<CurrentUser> {
    request().ok()?.member.map(|member| member.me)
}

/// Returns whether the signed-in user operates the instance.
pub(crate) fn is_operator() -> bool {
    request().is_ok_and(|request| request.member.is_some_and(|member| member.is_operator))
}

pub(crate) fn actor() -> Result<Actor, UiError> {
    Ok(member()?.actor)
}

/// Returns the signed-in member, also one who must set the second factor up first. For the user's own sign-in
/// alone.
pub(crate) fn member_or_restricted() -> Result<Member, UiError> {
    match request()?.restricted {
        Some(restricted) => Ok(restricted),
        None => member(),
    }
}

/// Returns the signed-in member as an actor, also one who must set the second factor up first. For the user's
/// own sign-in alone.
pub(crate) fn own_actor() -> Result<Actor, UiError> {
    Ok(member_or_restricted()?.actor)
}

/// Returns the signed-in member, whatever is open to the member. For the choice of an account alone.
pub(crate) fn any_member() -> Result<Member, UiError> {
    match request()?.suspended {
        Some(suspended) => Ok(suspended),
        None => member_or_restricted(),
    }
}

/// Returns the signed-in user, whatever is open to the user. For the user's accounts alone.
pub(crate) fn user() -> Result<UserId, UiError> {
    user_of(&any_member()?)
}

/// Returns the user of the signed-in member, to whom everything is open.
pub(crate) fn full_user() -> Result<UserId, UiError> {
    user_of(&member()?)
}

fn user_of(member: &Member) -> Result<UserId, UiError> {
    match member.actor.principal {
        Principal::Member { user, .. } => Ok(user),
        _ => Err(to_ui_error(Error::Forbidden)),
    }
}
