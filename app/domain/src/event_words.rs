//! The words of the event log of the management API for stored actions: a resource and what happened to it.

use crate::camel_case::camel_case;

/// Stored actions on licenses that are changes to other programs.
const UPDATES: [&str; 10] = [
    "license.suspended",
    "license.reinstated",
    "license.revoked",
    "license.limit_changed",
    "license.transferred",
    "license.key_replaced",
    "license.notes_changed",
    "license.metadata_changed",
    "license.groups_changed",
    "product.restored",
];

/// Returns the resource and the action of a stored action, such as `license` and `renewed`. Actions of later
/// versions get words by the same rule.
#[must_use]
pub fn event_words(action: &str) -> (String, String) {
    let (resource, verb) = action.split_once('.').unwrap_or((action, ""));
    let resource = match resource {
        "customer" => "user".to_owned(),
        "api_token" => "personalAccessToken".to_owned(),
        "trial" => "trialActivation".to_owned(),
        other => camel_case(other),
    };
    let verb = match action {
        "license.issued" => "created",
        "license.removed" => "deleted",
        "product.archived" => "updated",
        "customer.password_reset_requested" => "reset-password-request",
        action if UPDATES.contains(&action) => "updated",
        _ => verb,
    };
    (resource, verb.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    #[test]
    fn actions_have_the_words_of_other_programs() {
        for (action, resource, verb) in [
            ("license.issued", "license", "created"),
            ("license.suspended", "license", "updated"),
            ("license.renewed", "license", "renewed"),
            ("license.key_revealed", "license", "key-revealed"),
            ("customer.updated", "user", "updated"),
            ("customer.password_reset_requested", "user", "reset-password-request"),
            ("api_token.created", "personalAccessToken", "created"),
            ("signing_key.rotated", "signingKey", "rotated"),
            ("organization.created", "organization", "created"),
            ("trial.expiry_changed", "trialActivation", "expiry-changed"),
            ("later", "later", ""),
        ] {
            assert_eq!(event_words(action), (resource.to_owned(), verb.to_owned()), "{action}");
        }
    }

    #[test]
    fn every_event_has_words() {
        for event in Event::ALL {
            let (resource, verb) = event_words(event.as_str());
            assert!(!resource.is_empty() && !verb.is_empty(), "{event}");
            assert!(!resource.contains('_') && !verb.contains('_'), "{event}");
        }
    }
}
