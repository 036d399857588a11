//! Access of pages and server functions to their environment.

mod conflict;
mod customer_page;
mod issued_licenses;
mod one_time_text;
mod pending_sign_in;
mod sealed_value;
mod second_factor_set_up;
mod server;
mod signed_in;

use std::str::FromStr;

use domain::Timestamp;
use domain::sign_up::SignUpPolicy;

use crate::{Flash, UiError};

pub(crate) use conflict::{CHANGED_AT_FIELD, CHANGED_BY_FIELD, conflict_since, page_path, to_conflict_error};
pub use customer_page::{LANGUAGE_COOKIE, customer_cookie_name};
pub(crate) use customer_page::{
    PageTexts, close_customer_page, customer_session, is_customer_page, keep_customer_page_open, languages,
    page_language, set_language, texts, to_customer_error,
};
pub use issued_licenses::issued_licenses;
pub(crate) use issued_licenses::store_issued_licenses;
pub(crate) use one_time_text::{store_one_time_text, take_one_time_text};
pub(crate) use pending_sign_in::{PendingWithNext, begin_second_factor, pending_sign_in, sign_in};
pub(crate) use second_factor_set_up::{set_up_made_at, store_set_up_made_at};
pub use server::*;
pub(crate) use signed_in::*;

/// Returns the current time of the server's clock.
pub(crate) fn now() -> Timestamp {
    request().map(|r| r.service.now()).unwrap_or_default()
}

/// Returns whether this server sends mail.
pub(crate) fn sends_mail() -> bool {
    request().is_ok_and(|request| request.service.sends_mail())
}

/// Returns who may sign up.
pub(crate) fn sign_up_policy() -> SignUpPolicy {
    request().map(|request| request.service.sign_up_policy()).unwrap_or_default()
}

/// Returns the version of the data of a page that is rendered now. Call it before the data is loaded.
pub(crate) fn live_version() -> String {
    request().map(|request| service::live::page_version(&request.service)).unwrap_or_default()
}

/// Returns the topic of the overview that the signed-in member sees.
pub(crate) fn overview_topic() -> String {
    let account = actor().map(|actor| actor.account);
    account.map(|account| service::live::Topic::Overview(account).to_string()).unwrap_or_default()
}

/// Parses the id in the path of a page. Another text is the id of nothing.
pub(crate) fn parse_id<T: FromStr>(text: &str) -> Result<T, UiError> {
    text.parse().map_err(|_| to_ui_error(service::Error::NotFound))
}

/// Returns a new token for a form that must count once.
pub(crate) fn form_token() -> String {
    service::token()
}

/// Returns the flash of the form that was submitted before this page load.
pub(crate) fn flash() -> Option<Flash> {
    request().ok()?.flash.map(|flash| (*flash).clone())
}

/// Returns the chosen theme. `None` follows the system's setting.
pub(crate) fn theme() -> Option<&'static str> {
    request().ok()?.theme
}

/// Sets the status of the response to 404.
pub(crate) fn not_found() {
    status(http::StatusCode::NOT_FOUND);
}
