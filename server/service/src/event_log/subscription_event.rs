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

/// The words of the log, in the order of [`ACTIONS`].
pub(super) const WORDS: [&str; 7] = [
    "license.created",
    "license.renewed",
    "license.subscription.updated",
    "license.suspended",
    "license.resumed",
    "license.revoked",
    "license.approved",
];

/// Returns the word of an entry. `None` if it is not of the log. A change of rules is of the log if the interval or
/// its start changed, which the detail names.
pub(super) fn event_of(action: &str, detail: Option<&str>) -> Option<&'static str> {
    let at = ACTIONS.iter().position(|event| event.as_str() == action)?;
    let is_interval = |name: &str| matches!(name, "interval" | "start of the interval");
    if action == Event::LicenseRulesChanged.as_str() && !detail?.split(", ").any(is_interval) {
        return None;
    }
    WORDS.get(at).copied()
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
            assert_eq!(event_of(action, detail), word, "{action} {detail:?}");
        }
    }
}
