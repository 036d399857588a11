//! Server side of the context: request, session, response status, headers and error mapping.

use std::sync::Arc;

use domain::locale::Texts;
use domain::{AccountId, FieldError};
use http::{HeaderValue, StatusCode, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use serde::{Deserialize, Serialize};
use service::account::{DEVICE_COOKIE_SECONDS, Member, SignedInUser};
use service::machine::ActivationOutcome;
use service::{Error, Service};
use tower_sessions::Session;
use tower_sessions::cookie::time::Duration;
use tower_sessions::cookie::{Cookie, SameSite};

use crate::{Flash, UiError};

/// The context that the server provides to each rendering and each server function call.
#[derive(Clone)]
pub struct RequestContext {
    /// The use cases.
    pub service: Service,
    /// The signed-in member.
    pub member: Option<Member>,
    /// A member whose account requires a second factor that is not set up: may only do that.
    pub restricted: Option<Member>,
    /// A member whose account is suspended: may only read that, sign out, or switch to another account.
    pub suspended: Option<Member>,
    /// The session, signed in or not.
    pub session: Session,
    /// The client's key for throttling: its IPv4 address or IPv6 network.
    pub client: Option<String>,
    /// The client's address, for the audit log.
    pub ip: Option<String>,
    /// The value of the device cookie.
    pub device_cookie: Option<String>,
    /// The browser's user agent, shortened.
    pub user_agent: Option<String>,
    /// The request id, logged with failures.
    pub id: String,
    /// The flash of the form that failed before this page load.
    pub flash: Option<Arc<Flash>>,
    /// `light`, `dark`, or `None` for the system's setting.
    pub theme: Option<&'static str>,
    /// The public base URL of this instance, without a trailing slash.
    pub origin: String,
    /// The value of the cookie that keeps the customer's page open.
    pub customer_cookie: Option<String>,
    /// The texts of the customer's page in the language of the browser.
    pub texts: Arc<Texts>,
}

impl RequestContext {
    /// Returns whether users reach this server over https.
    pub(crate) fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }
}

/// Returns the name of the device cookie.
#[must_use]
pub fn device_cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-countersign_device" } else { "countersign_device" }
}

/// The session key of the signed-in user's id.
pub const USER_KEY: &str = "user";
/// The session key of the version of the credentials that the user proved.
pub const CREDENTIAL_VERSION_KEY: &str = "password";
/// The session key of the account that the user chose.
pub const ACCOUNT_KEY: &str = "account";
/// The session key of its [`SessionOrigin`].
pub const ORIGIN_KEY: &str = "origin";

/// Where a session was opened.
#[derive(Default, Serialize, Deserialize)]
pub struct SessionOrigin {
    /// The client's address or network.
    pub address: Option<String>,
    /// The browser's user agent.
    pub user_agent: Option<String>,
}

pub(crate) fn request() -> Result<RequestContext, UiError> {
    use_context::<RequestContext>().ok_or_else(|| UiError::new("internal", "Something went wrong."))
}

pub(crate) fn service() -> Result<Service, UiError> {
    Ok(request()?.service)
}

/// Opens a session for a user under a new session id, which prevents session fixation.
pub(crate) async fn open_session(signed_in: SignedInUser) -> Result<(), UiError> {
    let request = request()?;
    let session = &request.session;
    let cookie = Cookie::build((device_cookie_name(request.is_https()), signed_in.device_cookie))
        .path("/")
        .max_age(Duration::seconds(DEVICE_COOKIE_SECONDS))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(request.is_https());
    set_cookie(&cookie.to_string());
    let opened = async {
        session.clear().await;
        session.cycle_id().await?;
        session.insert(USER_KEY, signed_in.user).await?;
        session.insert(CREDENTIAL_VERSION_KEY, signed_in.credential_version).await?;
        let origin =
            SessionOrigin { address: request.client.clone(), user_agent: request.user_agent.clone() };
        session.insert(ORIGIN_KEY, origin).await?;
        // Saved before the response is sent, so that a failure is reported.
        session.save().await
    };
    opened.await.map_err(|e| to_ui_error(Error::Internal(format!("session: {e}"))))
}

/// Stores the account that the user chose in the session. The next request acts in it.
pub(crate) async fn choose_account(account: AccountId) -> Result<(), UiError> {
    let session = request()?.session;
    let chosen = async {
        session.insert(ACCOUNT_KEY, account).await?;
        session.save().await
    };
    chosen
        .await
        .map_err(|e: tower_sessions::session::Error| to_ui_error(Error::Internal(format!("session: {e}"))))
}

/// Opens a new session in place of this one, in the same account.
pub(crate) async fn reopen_session(signed_in: SignedInUser) -> Result<(), UiError> {
    let account = request()?.session.get::<AccountId>(ACCOUNT_KEY).await;
    let account = account.map_err(|e| to_ui_error(Error::Internal(format!("session: {e}"))))?;
    open_session(signed_in).await?;
    match account {
        Some(account) => choose_account(account).await,
        None => Ok(()),
    }
}

/// Gives the session another id after a proof of the password (OWASP ASVS 5.0, 7.2.4).
pub(crate) async fn renew_session_id() -> Result<(), UiError> {
    let session = request()?.session;
    let renewed = async {
        session.cycle_id().await?;
        session.save().await
    };
    renewed
        .await
        .map_err(|e: tower_sessions::session::Error| to_ui_error(Error::Internal(format!("session: {e}"))))
}

/// Returns the id of the session as it is digested.
pub(crate) fn session_id(request: &RequestContext) -> [u8; 16] {
    request.session.id().map_or([0; 16], |id| id.0.to_be_bytes())
}

/// Ends the session.
pub(crate) async fn close_session() -> Result<(), UiError> {
    let session = request()?.session;
    session.flush().await.map_err(|e| to_ui_error(Error::Internal(format!("session: {e}"))))
}

/// The form field of the choice between a customer's stored name and the given one.
pub(crate) const NAME_CHOICE_FIELD: &str = "customer_name_conflict";
/// Beside it, the stored name.
pub(crate) const KNOWN_NAME_FIELD: &str = "customer_name_known";

/// Maps a use case's error to the error that the browser may see, and sets the status. The only place that
/// logs server errors of the dashboard.
pub(crate) fn to_ui_error(error: Error) -> UiError {
    let reference = request().map(|r| r.id).unwrap_or_default();
    to_ui_error_of(reference, error)
}

/// Like `to_ui_error`, for the request of this id.
pub fn to_ui_error_of(reference: String, error: Error) -> UiError {
    let (code, http) = match &error {
        Error::Invalid(_) | Error::OtherName { .. } => ("invalid", StatusCode::UNPROCESSABLE_ENTITY),
        Error::NotFound => ("not_found", StatusCode::NOT_FOUND),
        Error::Forbidden => ("forbidden", StatusCode::FORBIDDEN),
        Error::Conflict(_) => ("conflict", StatusCode::CONFLICT),
        Error::Changed(_) => ("changed", StatusCode::CONFLICT),
        Error::BadCredentials => ("invalid", StatusCode::UNAUTHORIZED),
        Error::TooManyTries(_) => ("throttled", StatusCode::TOO_MANY_REQUESTS),
        Error::Unavailable(_) => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        Error::NewerDatabase { .. } | Error::BrokenChain(_) | Error::Internal(_) | Error::Database(_) => {
            ("internal", StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    status(http);
    if error.is_server_error() {
        tracing::error!(%reference, %error, "a dashboard request failed");
        let message = match code {
            "unavailable" => "The database is not available just now. Nothing was changed; please try again.",
            _ => "Something went wrong on our side. Nothing was changed.",
        };
        return UiError { reference: Some(reference), ..UiError::new(code, message) };
    }
    let mut ui = UiError::new(code, error.to_string());
    match error {
        Error::Invalid(invalid) | Error::Changed(invalid) => {
            ui.fields = invalid.into_iter().map(|i| (i.field.to_owned(), i.message)).collect();
        }
        Error::OtherName { known, .. } => {
            ui.fields.insert(NAME_CHOICE_FIELD.to_owned(), ui.message.clone());
            ui.fields.insert(KNOWN_NAME_FIELD.to_owned(), known.to_string());
        }
        _ => {}
    }
    ui
}

/// Maps the invalid fields of a form, like [`to_ui_error`].
pub(crate) fn validation_error(faults: Vec<domain::FieldError>) -> UiError {
    to_ui_error(Error::Invalid(faults))
}

/// Sets the status of the current response.
pub(crate) fn status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// Marks the response as one that holds a secret, such as a license key or a token. It is not compressed,
/// because the size of a compressed page tells an attacker about its content (BREACH).
pub fn mark_secret() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    }
}

/// Redirects the browser after this call. `path` must be a local path: check input with [`local_path`] first.
pub(crate) fn redirect(path: &str) {
    leptos_axum::redirect(path);
}

/// Adds a cookie to the current response.
pub(crate) fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// Returns the token for a request file. A refusal becomes an error of the field `file`.
pub(crate) fn offline_token(answer: ActivationOutcome) -> Result<String, UiError> {
    let message = match answer {
        ActivationOutcome::Token(token) => return Ok(token),
        ActivationOutcome::InvalidKey => "This request is of another license’s key.",
        ActivationOutcome::InvalidProduct => "This request is for another product.",
        ActivationOutcome::Revoked => "The license is revoked.",
        ActivationOutcome::LimitReached => "No slot is free. Raise the machine limit or free a slot first.",
        ActivationOutcome::NotAdmitted(_) => {
            "The product lets no virtual machine or container of this kind in."
        }
        ActivationOutcome::MeterExhausted => "The request counts more uses than a meter allows.",
        _ => "The request can’t be answered.",
    };
    Err(validation_error(vec![FieldError::new("file", message)]))
}

/// Assigns every field error within a request file to the form field `file`.
pub(crate) fn from_file(error: Error) -> Error {
    match error {
        Error::Invalid(faults) => {
            Error::Invalid(faults.into_iter().map(|fault| fault.in_field("file")).collect())
        }
        other => other,
    }
}

/// Sets the content security policy with this rendering's nonce. Inline are only the scripts of
/// Leptos and the style of Turbo's progress bar.
pub(crate) fn set_content_security_policy() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; \
         img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}

/// Returns `next` if it is a path of this site, else `/`.
pub(crate) fn local_path(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if local { next } else { "/" }
}
