//! The context of the customer's page: its language, its session, and its errors.

use std::sync::Arc;

use domain::Timestamp;
use domain::locale::{TextValue, Texts};
use leptos::prelude::*;
use service::Error;
use service::customer_page::CustomerSession;
use tower_sessions::cookie::time::Duration;
use tower_sessions::cookie::{Cookie, SameSite};

use super::server::{request, set_cookie, to_ui_error};
use crate::UiError;
use crate::paths::is_customer_page_path;

/// The cookie of the chosen language.
pub const LANGUAGE_COOKIE: &str = "language";
/// How long a choice of a language is kept, in days.
const LANGUAGE_DAYS: i64 = 365;

/// Returns the name of the cookie that keeps the customer's page open. It is sent with all paths, because the
/// prefix, which makes browsers refuse it from another host, requires that.
#[must_use]
pub fn customer_cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-countersign_customer" } else { "countersign_customer" }
}

/// The texts in the language of the browser.
#[derive(Clone)]
pub(crate) struct PageTexts(Option<Arc<Texts>>);

impl PageTexts {
    /// Returns a text without variables.
    pub fn text(&self, name: &str) -> String {
        self.format(name, &[])
    }

    /// Returns a text with the values of its variables.
    pub fn format(&self, name: &str, values: &[(&str, TextValue<'_>)]) -> String {
        self.0.as_ref().map_or_else(|| name.to_owned(), |texts| texts.format(name, values))
    }

    /// Returns a day as the language writes it.
    pub fn date(&self, at: Timestamp) -> String {
        self.0.as_ref().map_or_else(|| at.date(), |texts| texts.date(at))
    }

    /// Returns a time in UTC as the language writes it.
    pub fn date_and_time(&self, at: Timestamp) -> String {
        self.0.as_ref().map_or_else(|| at.rfc3339(), |texts| texts.date_and_time(at))
    }

    /// Returns the language, as in the HTML attribute `lang`.
    pub fn language(&self) -> String {
        self.0.as_ref().map_or_else(|| "en".to_owned(), |texts| texts.language().to_owned())
    }
}

/// Returns the texts of the customer's page.
pub(crate) fn texts() -> PageTexts {
    PageTexts(request().ok().map(|request| request.texts))
}

/// Returns the tag and the own name of each language of this instance.
pub(crate) fn languages() -> Vec<(String, String)> {
    request().map(|request| request.service.locales().languages()).unwrap_or_default()
}

/// Returns whether the rendered page is the customer's page.
pub(crate) fn is_customer_page() -> bool {
    use_context::<http::request::Parts>().is_some_and(|parts| is_customer_page_path(parts.uri.path()))
}

/// Returns the language of the rendered page. The dashboard is English.
pub(crate) fn page_language() -> String {
    if is_customer_page() { texts().language() } else { "en".to_owned() }
}

/// Returns the session of the cookie, if it has not ended.
pub(crate) fn customer_session() -> Option<CustomerSession> {
    let request = request().ok()?;
    CustomerSession::open(&request.service, request.customer_cookie.as_deref()?)
}

/// Keeps the customer's page open by a cookie.
pub(crate) fn keep_customer_page_open(session: &CustomerSession) -> Result<(), UiError> {
    let value = session.seal(&request()?.service).map_err(to_ui_error)?;
    set_session_cookie(value, CustomerSession::LIFETIME_SECONDS)
}

/// Deletes the cookie.
pub(crate) fn close_customer_page() -> Result<(), UiError> {
    set_session_cookie(String::new(), 0)
}

/// Not `Strict`, because the link of a mail leads to the page.
fn set_session_cookie(value: String, max_age: i64) -> Result<(), UiError> {
    let is_https = request()?.is_https();
    let cookie = Cookie::build((customer_cookie_name(is_https), value))
        .path("/")
        .max_age(Duration::seconds(max_age))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_https);
    set_cookie(&cookie.to_string());
    Ok(())
}

/// Stores the choice of a language. Other texts than languages of this instance are ignored.
pub(crate) fn set_language(language: &str) -> Result<(), UiError> {
    let request = request()?;
    if request.service.locales().has(language) {
        let cookie = Cookie::build((LANGUAGE_COOKIE, language.to_owned()))
            .path("/")
            .max_age(Duration::days(LANGUAGE_DAYS))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(request.is_https());
        set_cookie(&cookie.to_string());
    }
    Ok(())
}

/// Maps a use case's error like [`to_ui_error`], with a text in the customer's language.
pub(crate) fn to_customer_error(error: Error) -> UiError {
    let texts = texts();
    let message = match &error {
        Error::TooManyTries(seconds) => {
            let minutes = u32::try_from(seconds.div_ceil(60)).unwrap_or(u32::MAX);
            texts.format("error-throttled", &[("minutes", minutes.into())])
        }
        Error::Invalid(_) => texts.text("error-fields"),
        Error::Conflict(_) => texts.text("error-mail-off"),
        Error::NotFound => texts.text("error-closed"),
        _ => texts.text("error-unavailable"),
    };
    let mut ui = to_ui_error(error);
    if ui.fields.contains_key("email") {
        ui.fields.insert("email".to_owned(), texts.text("error-email"));
    }
    UiError { message, ..ui }
}
