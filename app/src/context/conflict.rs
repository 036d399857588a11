//! The error of a form whose object another member has changed since.

use domain::Timestamp;
use domain::event::Event;
use leptos::prelude::*;
use service::Error;
use service::audit::{ChangedObject, last_change};

use super::server::{request, to_ui_error};
use super::signed_in::actor;
use crate::UiError;

/// The field of a conflict with the name of the member who made the other change.
pub(crate) const CHANGED_BY_FIELD: &str = "changed_by";
/// The field of a conflict with the time of the other change, in milliseconds.
pub(crate) const CHANGED_AT_FIELD: &str = "changed_at";

/// Maps a use case's error like [`to_ui_error`]. A conflict names who made the other change and when, if the
/// audit log knows it.
pub(crate) async fn to_conflict_error(error: Error, object: ChangedObject, events: &[Event]) -> UiError {
    conflict_since(error, object, events, None).await
}

/// Like [`to_conflict_error`], for a form that was rendered at `since`.
pub(crate) async fn conflict_since(
    error: Error,
    object: ChangedObject,
    events: &[Event],
    since: Option<Timestamp>,
) -> UiError {
    let is_conflict = matches!(error, Error::Changed(_));
    let mut ui = to_ui_error(error);
    if is_conflict && let (Ok(request), Ok(actor)) = (request(), actor()) {
        match last_change(&request.service, &actor, object, events, since).await {
            Ok(Some(change)) => {
                ui.fields.insert(CHANGED_BY_FIELD.to_owned(), change.by);
                ui.fields.insert(CHANGED_AT_FIELD.to_owned(), change.at.millis().to_string());
            }
            Ok(None) => {}
            // The conflict is reported without the name.
            Err(error) => tracing::warn!(%error, "the last change of an object was not found"),
        }
    }
    ui
}

/// Returns the path of the rendered page with its query.
pub(crate) fn page_path() -> String {
    let parts = use_context::<http::request::Parts>();
    parts.and_then(|parts| parts.uri.path_and_query().map(ToString::to_string)).unwrap_or_default()
}
