//! What a change of a webhook alters, for the event log.

use domain::webhook::Subscriptions;

use crate::store::Changes;
use crate::store::entity::webhooks::Model;

/// Returns the properties that differ, by their names in the management API, without the status. The address may be a
/// credential.
pub(super) fn webhook_changes(before: &Model, after: &Model) -> Changes {
    let mut changes = Changes::default();
    changes.add("name", &before.name, &after.name);
    if before.url != after.url {
        changes.add_hidden("url", true, true);
    }
    if before.secret_sealed != after.secret_sealed {
        changes.add_masked("token", &before.secret_last_four, &after.secret_last_four);
    }
    changes.add("enabled", &before.is_enabled, &after.is_enabled);
    let events = |row: &Model| Subscriptions::from_storage(&row.events).names();
    changes.add("events", &events(before), &events(after));
    changes.add("signatureScheme", &before.scheme, &after.scheme);
    changes
}

/// Returns the changed status.
pub(super) fn status_change(before: &str, after: &str) -> Changes {
    let mut changes = Changes::default();
    changes.add("status", &before, &after);
    changes
}
