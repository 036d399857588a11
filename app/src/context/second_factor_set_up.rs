//! The set-up of a second factor, which belongs to the session that began it.

use domain::Timestamp;

use super::sealed_value::session_error;
use super::server::request;
use crate::UiError;

/// The session key of the time of the secret.
const SESSION_KEY: &str = "second_factor_set_up";

/// Stores the time of the secret that this session sets up.
pub(crate) async fn store_set_up_made_at(made_at: Timestamp) -> Result<(), UiError> {
    let session = request()?.session;
    session.insert(SESSION_KEY, made_at).await.map_err(session_error)?;
    session.save().await.map_err(session_error)
}

/// Returns the time of the secret that this session sets up.
pub(crate) async fn set_up_made_at() -> Result<Option<Timestamp>, UiError> {
    request()?.session.get(SESSION_KEY).await.map_err(session_error)
}
