//! The words of the event log of the management API for stored actions: a resource and what happened to it. They are
//! the two halves of the name of a webhook event, if the change has one.

use crate::camel_case::camel_case;
use crate::event::Event;
use crate::webhook::{Trigger, WebhookEvent};

/// Returns the resource and the action of a stored action, such as `license` and `renewed`. `reported` is the webhook
/// event that an entry has in place of that of its action. Actions without a webhook event, and actions of later
/// versions, have words by one rule.
#[must_use]
pub fn event_words(action: &str, reported: Option<&str>) -> (String, String) {
    let name = reported.or_else(|| webhook_event(Event::from_storage(action)?).map(WebhookEvent::as_str));
    if let Some((resource, verb)) = name.and_then(|name| name.split_once('.')) {
        return (resource.to_owned(), verb.to_owned());
    }
    let (resource, verb) = action.split_once('.').unwrap_or((action, ""));
    let resource = match resource {
        "customer" => "user".to_owned(),
        "api_token" => "personalAccessToken".to_owned(),
        "trial" => "trialActivation".to_owned(),
        other => camel_case(other),
    };
    (resource, verb.replace('_', "-"))
}

/// Returns all words that entries of an event may have, by which filters find its stored action.
#[must_use]
pub fn all_event_words(event: Event) -> Vec<(String, String)> {
    let reported = replacing(event).iter().map(|reported| Some(reported.as_str()));
    std::iter::once(None).chain(reported).map(|reported| event_words(event.as_str(), reported)).collect()
}

/// Returns the first webhook event of a change: beside an update there may be one of the new state.
fn webhook_event(event: Event) -> Option<WebhookEvent> {
    Trigger::Recorded(event).events().first().copied()
}

/// Returns the webhook events that changes with the audit entry of an event may have in place of its own.
fn replacing(event: Event) -> &'static [WebhookEvent] {
    match event {
        Event::LicenseRenewed => &[WebhookEvent::LicenseExtended, WebhookEvent::LicenseExpiryUpdated],
        Event::LicenseRulesChanged => &[WebhookEvent::LicenseSubscriptionUpdated],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_the_words_of_other_programs() {
        for (action, resource, verb) in [
            ("license.issued", "license", "created"),
            ("license.removed", "license", "deleted"),
            ("license.suspended", "license", "updated"),
            ("license.revocation_undone", "license", "updated"),
            ("license.rules_changed", "license", "updated"),
            ("license.meter_reset", "license", "updated"),
            ("license.limit_changed", "license", "updated"),
            ("license.renewed", "license", "renewed"),
            ("license.key_revealed", "license", "key-revealed"),
            ("product.archived", "product", "updated"),
            ("license_template.updated", "licenseTemplate", "updated"),
            ("customer.updated", "user", "updated"),
            ("customer.password_reset_requested", "user", "reset-password-request"),
            ("api_token.created", "personalAccessToken", "created"),
            ("signing_key.rotated", "signingKey", "rotated"),
            ("organization.created", "organization", "created"),
            ("trial.extended", "trialActivation", "extended"),
            ("trial.expiry_changed", "trialActivation", "expiresAt.updated"),
            ("later", "later", ""),
            ("trial.later_action", "trialActivation", "later-action"),
        ] {
            assert_eq!(event_words(action, None), (resource.to_owned(), verb.to_owned()), "{action}");
        }
    }

    #[test]
    fn a_reported_event_has_the_words_of_its_name() {
        for (action, event, verb) in [
            ("license.renewed", WebhookEvent::LicenseExtended, "extended"),
            ("license.renewed", WebhookEvent::LicenseExpiryUpdated, "expiresAt.updated"),
            ("license.rules_changed", WebhookEvent::LicenseSubscriptionUpdated, "subscription.updated"),
        ] {
            let words = ("license".to_owned(), verb.to_owned());
            assert_eq!(event_words(action, Some(event.as_str())), words);
            let event = Event::from_storage(action).expect("an event");
            assert!(all_event_words(event).contains(&words), "{event}");
        }
    }

    #[test]
    fn every_event_has_words() {
        for event in Event::ALL {
            let (resource, verb) = event_words(event.as_str(), None);
            assert!(!resource.is_empty() && !verb.is_empty(), "{event}");
            assert!(!resource.contains('_') && !verb.contains('_'), "{event}");
            assert!(all_event_words(*event).contains(&(resource, verb)), "{event}");
        }
    }

    #[test]
    fn events_of_webhooks_have_the_halves_of_their_names() {
        for event in Event::ALL {
            let Some(reported) = webhook_event(*event) else { continue };
            let (resource, verb) = event_words(event.as_str(), None);
            assert_eq!(format!("{resource}.{verb}"), reported.as_str());
        }
    }
}
