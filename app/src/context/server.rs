//! What there is on the server alone.

use std::sync::Arc;

use domain::{FieldError, UserId};
use http::{HeaderValue, StatusCode, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use service::account::Member;
use service::machine::ActivationOutcome;
use service::{Actor, Error, Service};
use tower_sessions::Session;

use crate::{Flash, UiError};

/// What the server hands to each rendering and each call.
#[derive(Clone)]
pub struct RequestContext {
    /// The use cases.
    pub service: Service,
    /// Who is signed in.
    pub member: Option<Member>,
    /// The session, signed in or not.
    pub session: Session,
    /// Whom the client is counted as: its address, or its IPv6 network.
    pub client: Option<String>,
    /// What failures are logged under.
    pub id: String,
    /// The form that failed before this page.
    pub flash: Option<Arc<Flash>>,
    /// `light`, `dark`, or nothing for the system's setting.
    pub theme: Option<&'static str>,
    /// The sealed text that the call before handed over.
    pub one_time_value: Option<String>,
    /// This instance's address as its users see it, without a slash at the end.
    pub origin: String,
}

/// The session's entry that says who is signed in.
pub const USER_KEY: &str = "user";

pub(crate) fn request() -> Result<RequestContext, UiError> {
    use_context::<RequestContext>().ok_or_else(|| UiError::new("internal", "Something went wrong."))
}

pub(crate) fn service() -> Result<Service, UiError> {
    Ok(request()?.service)
}

/// Who acts; an error for whoever is not signed in.
pub(crate) fn member() -> Result<Member, UiError> {
    request()?.member.ok_or_else(|| {
        status(StatusCode::UNAUTHORIZED);
        UiError::new("signed_out", "You are not signed in any more. Please sign in again.")
    })
}

pub(crate) fn actor() -> Result<Actor, UiError> {
    Ok(member()?.actor)
}

/// Makes a session for a user, under a new id.
pub(crate) async fn open_session(user: UserId) -> Result<(), UiError> {
    let session = request()?.session;
    let opened = async {
        session.clear().await;
        session.cycle_id().await?;
        session.insert(USER_KEY, user).await?;
        // Here and not after the answer, so that a failure can be told.
        session.save().await
    };
    opened.await.map_err(|e| to_ui_error(Error::Internal(format!("session: {e}"))))
}

/// Ends the session.
pub(crate) async fn close_session() -> Result<(), UiError> {
    let session = request()?.session;
    session.flush().await.map_err(|e| to_ui_error(Error::Internal(format!("session: {e}"))))
}

/// Turns a use case's error into what the browser may know, sets the status,
/// and logs what is ours: here and nowhere else.
pub(crate) fn to_ui_error(error: Error) -> UiError {
    let (code, http) = match &error {
        Error::Invalid(_) => ("invalid", StatusCode::UNPROCESSABLE_ENTITY),
        Error::NotFound => ("not_found", StatusCode::NOT_FOUND),
        Error::Forbidden => ("forbidden", StatusCode::FORBIDDEN),
        Error::Conflict(_) => ("conflict", StatusCode::CONFLICT),
        Error::BadCredentials => ("invalid", StatusCode::UNAUTHORIZED),
        Error::TooManyTries(_) => ("throttled", StatusCode::TOO_MANY_REQUESTS),
        Error::Unavailable(_) => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        Error::Internal(_) | Error::Database(_) => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
    };
    status(http);
    if error.is_server_error() {
        let reference = request().map(|r| r.id).unwrap_or_default();
        tracing::error!(%reference, %error, "a dashboard request failed");
        let message = match code {
            "unavailable" => "The database is not available just now. Nothing was changed; please try again.",
            _ => "Something went wrong on our side. Nothing was changed.",
        };
        return UiError { reference: Some(reference), ..UiError::new(code, message) };
    }
    let mut ui = UiError::new(code, error.to_string());
    if let Error::Invalid(invalid) = error {
        ui.fields = invalid.into_iter().map(|i| (i.field.to_owned(), i.message)).collect();
    }
    ui
}

/// The same for what is wrong with a form.
pub(crate) fn validation_error(faults: Vec<domain::FieldError>) -> UiError {
    to_ui_error(Error::Invalid(faults))
}

/// Sets the status of the answer under way.
pub(crate) fn status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// Sends the browser elsewhere after this call. The path is ours, never
/// taken from input unchecked.
pub(crate) fn redirect(path: &str) {
    leptos_axum::redirect(path);
}

/// Sets a cookie on the answer under way.
pub(crate) fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// The token in the answer to a request file; a refusal as a fault of the file.
pub(crate) fn offline_token(answer: ActivationOutcome) -> Result<String, UiError> {
    let message = match answer {
        ActivationOutcome::Token(token) => return Ok(token),
        ActivationOutcome::InvalidKey => "This request is of another license’s key.",
        ActivationOutcome::InvalidProduct => "This request is for another product.",
        ActivationOutcome::Revoked => "The license is revoked.",
        ActivationOutcome::LimitReached => "No seat is free: raise the machine limit or free a seat first.",
        ActivationOutcome::NotAdmitted(_) => {
            "The product lets no virtual machine or container of this kind in."
        }
        ActivationOutcome::MeterExhausted => "The request counts more uses than a meter allows.",
        _ => "The request can’t be answered.",
    };
    Err(validation_error(vec![FieldError::new("file", message)]))
}

/// What is wrong within a request file is wrong with the field that holds it.
pub(crate) fn from_file(error: Error) -> Error {
    match error {
        Error::Invalid(faults) => {
            Error::Invalid(faults.into_iter().map(|fault| fault.in_field("file")).collect())
        }
        other => other,
    }
}

/// Sets the content security policy with this rendering's nonce. Nothing is
/// inline but what Leptos itself writes.
pub(crate) fn set_content_security_policy() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}

/// The path behind `next`, if it is one of this site.
pub(crate) fn local_path(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if local { next } else { "/" }
}
