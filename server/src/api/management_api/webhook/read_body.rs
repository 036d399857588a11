//! Reads the fields of webhooks from bodies.

use domain::FieldError;
use domain::view::WebhookView;
use domain::webhook::{
    AllowedTargets, SignatureScheme, Subscriptions, WebhookName, WebhookSecret, WebhookSettings,
    WebhookStatus, WebhookUrl,
};
use service::Error;
use service::webhook::WebhookChange;

use crate::api::management_api::body::{Fields, Given};
use crate::api::management_api::error::{ManagementError, Result};

const SCHEMES: [(&str, SignatureScheme); 2] =
    [("v3", SignatureScheme::V3), ("standard", SignatureScheme::Standard)];
const STATUSES: [(&str, WebhookStatus); 3] = [
    ("healthy", WebhookStatus::Healthy),
    ("unhealthy", WebhookStatus::Unhealthy),
    ("suspended", WebhookStatus::Suspended),
];
/// Longest list of events in a body, before equal ones are removed.
const MAX_EVENTS: usize = 200;

/// Reads the settings of a new webhook, and its token if it is given.
///
/// # Errors
/// Returns a validation error that names the field.
pub(super) fn settings(
    fields: &Fields,
    targets: &AllowedTargets,
) -> Result<(WebhookSettings, Option<WebhookSecret>)> {
    let name = parse_name(&fields.required_string("name", 1..=256)?)?;
    let url = parse_url(&fields.required_string("url", 1..=2048)?, targets)?;
    let events = events(fields)?.ok_or_else(|| fields.error("events", "is required"))?;
    let settings = WebhookSettings {
        name,
        url,
        is_enabled: fields.boolean("enabled")?.unwrap_or(true),
        events,
        scheme: fields.word("signatureScheme", &SCHEMES)?.unwrap_or_default(),
    };
    Ok((settings, token(fields)?))
}

/// Reads the change of a webhook. What the answer shows already is no change.
///
/// # Errors
/// Returns a validation error that names the field.
pub(super) fn change(
    fields: &Fields,
    targets: &AllowedTargets,
    before: &WebhookView,
) -> Result<WebhookChange> {
    let cleared = |name: &str| Err(fields.error(name, "can’t be empty"));
    let name = match fields.string("name", 1..=256)? {
        Given::Clear => return cleared("name"),
        given => given.value().map(|name| parse_name(&name)).transpose()?,
    };
    let url = match fields.string("url", 1..=2048)? {
        Given::Clear => return cleared("url"),
        given => given.value().filter(|url| *url != before.url),
    };
    let mask = WebhookSecret::mask(&before.secret_last_four);
    let is_enabled = fields.boolean("enabled")?;
    let status = fields.word("status", &STATUSES)?;
    // A client that sends the whole object back does not lift the suspension that it shows.
    let resumes = match status {
        Some(status) => status == WebhookStatus::Healthy,
        None => is_enabled == Some(true),
    };
    let is_echo = !resumes && is_enabled == Some(before.is_enabled);
    Ok(WebhookChange {
        name,
        url: url.map(|url| parse_url(&url, targets)).transpose()?,
        is_enabled: is_enabled.filter(|_| !is_echo),
        events: events(fields)?,
        scheme: fields.word("signatureScheme", &SCHEMES)?,
        secret: token(fields)?.filter(|secret| secret.expose() != mask),
        resumes,
    })
}

/// Reads a token. `None` if it is not given.
///
/// # Errors
/// Returns a validation error if the token is not valid.
pub(super) fn token(fields: &Fields) -> Result<Option<WebhookSecret>> {
    let text = fields.string("token", 1..=256)?.value();
    text.map(|text| WebhookSecret::parse(&text)).transpose().map_err(invalid)
}

fn events(fields: &Fields) -> Result<Option<Subscriptions>> {
    match fields.strings("events", MAX_EVENTS, 1..=64)? {
        Given::Absent => Ok(None),
        Given::Clear => Err(fields.error("events", "must name at least one event")),
        Given::Value(names) => {
            Subscriptions::parse(names.iter().map(String::as_str)).map(Some).map_err(invalid)
        }
    }
}

fn parse_name(text: &str) -> Result<WebhookName> {
    WebhookName::parse("name", text).map_err(invalid)
}

fn parse_url(text: &str, targets: &AllowedTargets) -> Result<WebhookUrl> {
    WebhookUrl::parse(text, targets).map_err(invalid)
}

fn invalid(error: FieldError) -> ManagementError {
    Error::from(error).into()
}
