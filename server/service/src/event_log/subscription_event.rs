//! The words of the subscription log for stored actions on licenses.

use domain::event::Event;

/// The stored actions of the log.
pub(super) const ACTIONS: [Event; 7] = [
    Event::LicenseIssued,
    Event::LicenseRenewed,
    Event::LicenseRulesChanged,
    Event::LicenseSuspended,
    Event::LicenseReinstated,
    Event::LicenseRevoked,
    Event::LicenseRevocationUndone,
];

/// The words of the log.
pub(super) const WORDS: [&str; 9] = [
    "license.created",
    "license.renewed",
    "license.extended",
    "license.expiresAt.updated",
    "license.subscription.updated",
    "license.suspended",
    "license.resumed",
    "license.revoked",
    "license.approved",
];

/// Returns the word of an entry. `None` if it is not of the log. `reported` is the webhook event that the entry has in
/// place of that of its action. A change of rules is of the log if the interval or its start changed, which the
/// detail names.
pub(super) fn event_of(action: &str, detail: Option<&str>, reported: Option<&str>) -> Option<&'static str> {
    let is_interval = |name: &str| matches!(name, "interval" | "start of the interval");
    let word = match Event::from_storage(action)? {
        Event::LicenseIssued => "license.created",
        Event::LicenseRenewed => "license.renewed",
        Event::LicenseRulesChanged if detail?.split(", ").any(is_interval) => "license.subscription.updated",
        Event::LicenseSuspended => "license.suspended",
        Event::LicenseReinstated => "license.resumed",
        Event::LicenseRevoked => "license.revoked",
        Event::LicenseRevocationUndone => "license.approved",
        _ => return None,
    };
    let reported = reported.and_then(|reported| WORDS.into_iter().find(|word| *word == reported));
    Some(reported.unwrap_or(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_the_interval_alone_are_of_the_log() {
        let updated = Some("license.subscription.updated");
        for (action, detail, word) in [
            ("license.issued", None, Some("license.created")),
            ("license.renewed", Some("never → 2027-01-01"), Some("license.renewed")),
            ("license.reinstated", None, Some("license.resumed")),
            ("license.rules_changed", Some("allow_vm, start of the interval"), updated),
            ("license.rules_changed", Some("interval"), updated),
            ("license.rules_changed", Some("meter interval"), None),
            ("license.rules_changed", None, None),
            ("license.notes_changed", None, None),
        ] {
            assert_eq!(event_of(action, detail, None), word, "{action} {detail:?}");
        }
    }

    #[test]
    fn a_moved_expiry_has_the_word_of_its_kind() {
        for reported in ["license.extended", "license.expiresAt.updated"] {
            assert_eq!(event_of("license.renewed", None, Some(reported)), Some(reported));
        }
        assert_eq!(event_of("license.renewed", None, Some("license.later")), Some("license.renewed"));
        assert_eq!(event_of("license.issued", None, None), Some("license.created"));
    }

    #[test]
    fn every_action_has_a_word_of_the_log() {
        for action in ACTIONS {
            let word = event_of(action.as_str(), Some("interval"), None).expect("a word");
            assert!(WORDS.contains(&word), "{word}");
        }
    }
}
