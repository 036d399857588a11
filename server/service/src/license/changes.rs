//! What single changes of a license alter, for the event log.

use domain::LicenseId;
use domain::event::Event;

use crate::store::{AuditEvent, Changes};

/// Returns a replaced key, by the last four characters of both keys.
pub(super) fn key_change(before: &str, after: &str) -> Changes {
    let mut changes = Changes::default();
    changes.add_masked("key", before, after);
    changes
}

/// Returns removed fields, and fields that were set.
pub(super) fn metadata_change(removed: &[String], set: &[String]) -> Changes {
    let mut changes = Changes::default();
    changes.add_metadata(removed, set);
    changes
}

/// Returns the event of changed notes, whose text may name a person. The parameters say whether there are any.
pub(super) fn notes_event(id: LicenseId, before: bool, after: bool) -> AuditEvent {
    let mut changes = Changes::default();
    changes.add_hidden("notes", before, after);
    AuditEvent::license(Event::LicenseNotesChanged, id).changes(changes)
}
