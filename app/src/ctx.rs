//! What pages and server functions ask of the server around them. The only file
//! that tells the server from the browser.

use domain::Timestamp;

use crate::Flash;

#[cfg(feature = "ssr")]
pub use on_server::*;

#[cfg(feature = "ssr")]
mod on_server {
    use std::sync::Arc;

    use data_encoding::BASE64URL_NOPAD;
    use domain::{Invalid, UserId};
    use http::{HeaderValue, StatusCode, header};
    use leptos::nonce::use_nonce;
    use leptos::prelude::*;
    use leptos_axum::ResponseOptions;
    use service::account::Member;
    use service::machine::Answer;
    use service::secrets::Purpose;
    use service::{Actor, Error, Service};
    use tower_sessions::Session;

    use crate::{Flash, UiError};

    /// What the server hands to each rendering and each call.
    #[derive(Clone)]
    pub struct Request {
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
        pub handed_over: Option<String>,
        /// This instance's address as its users see it, without a slash at the end.
        pub origin: String,
    }

    /// The session's entry that says who is signed in.
    pub const USER: &str = "user";

    pub(crate) fn request() -> Result<Request, UiError> {
        use_context::<Request>().ok_or_else(|| UiError::new("internal", "Something went wrong."))
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
            session.insert(USER, user).await?;
            // Here and not after the answer, so that a failure can be told.
            session.save().await
        };
        opened.await.map_err(|e| fail(Error::Internal(format!("session: {e}"))))
    }

    /// Ends the session.
    pub(crate) async fn close_session() -> Result<(), UiError> {
        let session = request()?.session;
        session.flush().await.map_err(|e| fail(Error::Internal(format!("session: {e}"))))
    }

    /// Turns a use case's error into what the browser may know, sets the status,
    /// and logs what is ours: here and nowhere else.
    pub(crate) fn fail(error: Error) -> UiError {
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
        if error.is_ours() {
            let reference = request().map(|r| r.id).unwrap_or_default();
            tracing::error!(%reference, %error, "a dashboard request failed");
            let message = match code {
                "unavailable" => {
                    "The database is not available just now. Nothing was changed; please try again."
                }
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
    pub(crate) fn faults(faults: Vec<domain::Invalid>) -> UiError {
        fail(Error::Invalid(faults))
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
        if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie))
        {
            response.append_header(header::SET_COOKIE, value);
        }
    }

    /// The cookies of what is handed over from a call to the page after it, once:
    /// this name and a number.
    pub const HAND_OVER: &str = "countersign_shown_once";
    /// Characters in one of them.
    const PART: usize = 3800;
    /// How many there can be.
    pub const PARTS: usize = 8;

    /// Shows a text to this member on the next page, and never again: it travels in a sealed
    /// cookie that scripts can't read, for a minute.
    pub(crate) fn hand_over(to: &str, text: &str) -> Result<(), UiError> {
        let request = request()?;
        let sealed = request
            .service
            .keys()
            .seal(
                Purpose::HandOver,
                request.service.instance(),
                format!("{to} {} {text}", member()?.me.email).as_bytes(),
            )
            .map_err(fail)?;
        let secure = if request.origin.starts_with("https:") { "; Secure" } else { "" };
        let value = BASE64URL_NOPAD.encode(&sealed);
        if value.len() > PART * PARTS {
            return Err(UiError::new(
                "too_long",
                "It was made, but is too long to be shown: fetch it by the API.",
            ));
        }
        // Browsers keep 4 kB of a cookie.
        for (n, part) in value.as_bytes().chunks(PART).enumerate() {
            let part = String::from_utf8_lossy(part);
            set_cookie(&format!(
                "{HAND_OVER}{n}={part}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict{secure}"
            ));
        }
        Ok(())
    }

    /// What was handed over to this page.
    pub(crate) fn handed_over(to: &str) -> Result<Option<String>, UiError> {
        let (request, email) = (request()?, member()?.me.email);
        let open = || {
            let sealed = BASE64URL_NOPAD.decode(request.handed_over.as_deref()?.as_bytes()).ok()?;
            let keys = request.service.keys();
            let clear = keys.open(Purpose::HandOver, request.service.instance(), &sealed).ok()?;
            let text = std::str::from_utf8(&clear).ok()?;
            let text = text.strip_prefix(to)?.strip_prefix(' ')?;
            text.strip_prefix(email.as_str())?.strip_prefix(' ').map(ToOwned::to_owned)
        };
        let text = open();
        if text.is_some() {
            let parts = request.handed_over.as_ref().map_or(0, String::len).div_ceil(PART);
            for n in 0..parts {
                set_cookie(&format!("{HAND_OVER}{n}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"));
            }
        }
        Ok(text)
    }

    /// The token in the answer to a request file; a refusal as a fault of the file.
    pub(crate) fn offline_token(answer: Answer) -> Result<String, UiError> {
        let message = match answer {
            Answer::Token(token) => return Ok(token),
            Answer::InvalidKey => "This request is of another license’s key.",
            Answer::InvalidProduct => "This request is for another product.",
            Answer::Revoked => "The license is revoked.",
            Answer::LimitReached => "No seat is free: raise the machine limit or free a seat first.",
            Answer::NotAdmitted(_) => "The product lets no virtual machine or container of this kind in.",
            Answer::MeterExhausted => "The request counts more uses than a meter allows.",
            _ => "The request can’t be answered.",
        };
        Err(faults(vec![Invalid::new("file", message)]))
    }

    /// What is wrong within a request file is wrong with the field that holds it.
    pub(crate) fn of_file(error: Error) -> Error {
        match error {
            Error::Invalid(faults) => {
                Error::Invalid(faults.into_iter().map(|fault| fault.at("file")).collect())
            }
            other => other,
        }
    }

    /// Sets the content security policy with this rendering's nonce. Nothing is
    /// inline but what Leptos itself writes.
    pub(crate) fn set_policy() {
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
}

/// The time now, by the server's clock or the browser's.
pub(crate) fn now() -> Timestamp {
    #[cfg(feature = "ssr")]
    {
        request().map(|r| r.service.now()).unwrap_or_default()
    }
    #[cfg(not(feature = "ssr"))]
    {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "whole milliseconds within the years we can write"
        )]
        Timestamp::from_millis(web_sys::js_sys::Date::now() as i64)
    }
}

/// The form that failed before this page.
pub(crate) fn flash() -> Option<Flash> {
    #[cfg(feature = "ssr")]
    {
        request().ok()?.flash.map(|flash| (*flash).clone())
    }
    #[cfg(not(feature = "ssr"))]
    {
        None
    }
}

/// The theme that was chosen; nothing follows the system's setting.
pub(crate) fn theme() -> Option<&'static str> {
    #[cfg(feature = "ssr")]
    {
        request().ok()?.theme
    }
    #[cfg(not(feature = "ssr"))]
    {
        None
    }
}

/// Sets the answer's status to 404.
pub(crate) fn not_found() {
    #[cfg(feature = "ssr")]
    status(http::StatusCode::NOT_FOUND);
}

/// Puts a text on the clipboard; in the browser only.
pub(crate) fn copy(text: &str) {
    #[cfg(not(feature = "ssr"))]
    if let Some(window) = web_sys::window() {
        let _ = window.navigator().clipboard().write_text(text);
    }
    #[cfg(feature = "ssr")]
    let _ = text;
}

/// Marks the document as taken over, for tests that must not click too early.
pub(crate) fn took_over() {
    #[cfg(not(feature = "ssr"))]
    if let Some(root) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element()) {
        let _ = root.set_attribute("data-hydrated", "yes");
    }
}

/// Handles keys pressed outside of fields; in the browser only.
pub(crate) fn on_key(handle: impl Fn(&str) -> bool + 'static) {
    #[cfg(not(feature = "ssr"))]
    {
        use leptos::prelude::*;
        use web_sys::wasm_bindgen::JsCast as _;
        let listening = window_event_listener(leptos::ev::keydown, move |event| {
            let typing = event
                .target()
                .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
                .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
            let chord = event.ctrl_key() || event.meta_key() || event.alt_key();
            if !typing && !chord && handle(&event.key()) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listening.remove());
    }
    #[cfg(feature = "ssr")]
    drop(handle);
}

/// Puts the focus on an element; in the browser only.
pub(crate) fn focus(id: &str) -> bool {
    #[cfg(not(feature = "ssr"))]
    {
        use web_sys::wasm_bindgen::JsCast as _;
        let element = web_sys::window()
            .and_then(|w| w.document())
            .and_then(|d| d.get_element_by_id(id))
            .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
        element.is_some_and(|e| e.focus().is_ok())
    }
    #[cfg(feature = "ssr")]
    {
        let _ = id;
        false
    }
}
