//! Changes of a transaction that other processes cache or live pages show, and their notifications.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::bulk_write::Notifications;
use super::live_topics::{ALL_PAYLOAD, LIVE_CHANNEL, LiveTopics};
use crate::cache::LicenseCache;

/// The PostgreSQL channel that carries cache invalidations to the other nodes.
pub(crate) const NOTIFY_CHANNEL: &str = "countersign_changes";

/// Changes of a transaction that invalidate cache entries.
#[derive(Default)]
pub(super) struct Invalidations {
    /// Ids of licenses, products and customers.
    pub changed: Vec<Uuid>,
    /// Whether licenses were issued, which invalidates the negative cache.
    pub issued: bool,
    /// Whether any license may have changed.
    pub all: bool,
    /// Ids of licenses and accounts whose pages changed, beside those in `changed`.
    pub announced: Vec<Uuid>,
}

/// Maximum number of ids in one notification: 37 bytes each, and PostgreSQL allows 8,000 bytes.
const MAX_IDS_PER_NOTIFY: usize = 200;
/// Maximum number of notifications of ids. A bulk job's batch needs three; more ids invalidate the
/// whole cache of each node.
const MAX_NOTIFICATIONS: usize = 8;

impl Invalidations {
    /// Returns the notifications for all nodes. Those for live pages only if a member views one.
    pub fn notifications(&self, is_watched: bool) -> Notifications {
        let payloads = self.notify_payloads().into_iter().map(|payload| (NOTIFY_CHANNEL, payload));
        let announced: BTreeSet<_> = self.announced.iter().filter(|_| is_watched).collect();
        let announced = id_payloads(&announced).unwrap_or_else(|| vec![ALL_PAYLOAD.to_owned()]);
        payloads.chain(announced.into_iter().map(|payload| (LIVE_CHANNEL, payload))).collect()
    }

    /// Returns the payloads of cache invalidations: `+` if licenses were issued, then ids; or `*` if
    /// everything may have changed or there are too many ids. None if nothing changed.
    fn notify_payloads(&self) -> Vec<String> {
        let issued = if self.issued { "+" } else { "" };
        let payloads = id_payloads(&self.changed.iter().collect()).filter(|_| !self.all);
        let Some(mut payloads) = payloads else { return vec![format!("{issued}*")] };
        match payloads.first_mut() {
            Some(first) => first.insert_str(0, issued),
            None => payloads.extend(self.issued.then(|| issued.to_owned())),
        }
        payloads
    }
}

/// Returns payloads of ids, or `None` if there are too many ids.
fn id_payloads(ids: &BTreeSet<&Uuid>) -> Option<Vec<String>> {
    if ids.len() > MAX_NOTIFICATIONS * MAX_IDS_PER_NOTIFY {
        return None;
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Some(ids.chunks(MAX_IDS_PER_NOTIFY).map(|ids| ids.join(",")).collect())
}

/// Invalidates on success and on failure, because a commit whose reply was lost may have
/// taken effect.
pub(super) struct InvalidateOnDrop {
    pub cache: LicenseCache,
    /// The viewers of live pages, if no notification of the database reaches them.
    pub live: Option<Arc<LiveTopics>>,
    pub changes: Invalidations,
}

impl Drop for InvalidateOnDrop {
    fn drop(&mut self) {
        if self.changes.issued {
            self.cache.invalidate_missing();
        }
        for id in &self.changes.changed {
            self.cache.invalidate(*id);
        }
        if self.changes.all {
            self.cache.invalidate_all();
        }
        match &self.live {
            Some(live) if self.changes.all => live.publish_all(),
            Some(live) => live.publish(self.changes.changed.iter().chain(&self.changes.announced)),
            None => {}
        }
    }
}
