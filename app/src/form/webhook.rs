//! The form of a webhook.

use std::collections::BTreeMap;

use domain::FieldError;
use domain::field_error::FieldErrors;
use domain::webhook::{
    AllowedTargets, SignatureScheme, Subscriptions, WebhookName, WebhookSecret, WebhookSettings, WebhookUrl,
};
use serde::{Deserialize, Serialize};
use service::webhook::WebhookChange;

/// The submitted form. Browsers may omit any field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookForm {
    name: String,
    url: String,
    scheme: String,
    secret: String,
    enabled: String,
    /// The checkboxes of events and patterns, by their names.
    #[serde(flatten)]
    events: BTreeMap<String, String>,
}

impl WebhookForm {
    /// Parses the settings of a new webhook, and its secret if one was typed.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(
        &self,
        targets: &AllowedTargets,
    ) -> Result<(WebhookSettings, Option<WebhookSecret>), Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = faults.check(WebhookName::parse("name", &self.name));
        let url = faults.check(WebhookUrl::parse(&self.url, targets));
        let events = faults.check(self.subscriptions());
        let scheme = faults.check(self.scheme.parse::<SignatureScheme>().map_err(|e| e.in_field("scheme")));
        let secret = match self.secret.trim() {
            "" => Some(None),
            secret => faults.check(WebhookSecret::parse(secret).map_err(|e| e.in_field("secret"))).map(Some),
        };
        let settings = || {
            let is_enabled = self.enabled == "on";
            Some((
                WebhookSettings { name: name?, url: url?, is_enabled, events: events?, scheme: scheme? },
                secret?,
            ))
        };
        settings().ok_or_else(|| faults.into_inner())
    }

    /// Parses the change of a webhook. An address that is not changed is not checked again. Enabling lifts a
    /// suspension, so that a webhook that is enabled already stays as it is.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse_change(
        &self,
        targets: &AllowedTargets,
        url: &str,
        was_enabled: bool,
    ) -> Result<WebhookChange, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = faults.check(WebhookName::parse("name", &self.name));
        let new_url = match self.url.trim() {
            same if same == url => Some(None),
            other => faults.check(WebhookUrl::parse(other, targets)).map(Some),
        };
        let events = faults.check(self.subscriptions());
        let scheme = faults.check(self.scheme.parse::<SignatureScheme>().map_err(|e| e.in_field("scheme")));
        let is_enabled = self.enabled == "on";
        let change = || {
            Some(WebhookChange {
                name: Some(name?),
                url: new_url?,
                is_enabled: (is_enabled != was_enabled).then_some(is_enabled),
                events: Some(events?),
                scheme: Some(scheme?),
                ..WebhookChange::default()
            })
        };
        change().ok_or_else(|| faults.into_inner())
    }

    /// Returns the checked events. Other fields of the form, such as its token, are no events.
    fn subscriptions(&self) -> Result<Subscriptions, FieldError> {
        let checked = self.events.iter().filter(|(_, value)| *value == "on").map(|(name, _)| name.as_str());
        Subscriptions::parse(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(events: &[&str]) -> WebhookForm {
        WebhookForm {
            name: "Shop".to_owned(),
            url: "https://shop.example/hooks".to_owned(),
            scheme: "v3".to_owned(),
            enabled: "on".to_owned(),
            events: events.iter().map(|name| ((*name).to_owned(), "on".to_owned())).collect(),
            ..WebhookForm::default()
        }
    }

    #[test]
    fn checked_events_are_the_subscriptions() {
        let mut form = form(&["license.*", "user.created"]);
        form.events.insert("id".to_owned(), "0199a1c2-0000-7a40-9c1b-00000000000c".to_owned());
        let parsed = form.parse(&AllowedTargets::default());
        let (settings, secret) = parsed.expect("a webhook");
        assert_eq!(settings.events.names(), ["license.*", "user.created"]);
        assert!(secret.is_none());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let form = WebhookForm { secret: "\u{7}x".to_owned(), ..WebhookForm::default() };
        let faults = form.parse(&AllowedTargets::default()).err().expect("faults");
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["name", "url", "events", "scheme", "secret"]);
    }

    #[test]
    fn an_unchanged_address_is_not_checked_again() {
        let mut form = form(&["*"]);
        form.url = "http://10.0.0.1/".to_owned();
        let change =
            form.parse_change(&AllowedTargets::default(), "http://10.0.0.1/", true).expect("a change");
        assert!(change.url.is_none() && change.is_enabled.is_none());
        assert!(form.parse_change(&AllowedTargets::default(), "http://10.0.0.2/", true).is_err());
    }
}
