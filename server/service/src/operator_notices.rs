//! Notices to the operator about settings that do not fit the requests. Each kind is logged once per
//! process, and shown on the operator's overview until the restart.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The kind of a notice. There is at most one notice of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// A proxy that is not trusted forwards requests.
    UntrustedProxy,
    /// Members use another address than the public one.
    PublicUrl,
}

/// The notices of this process.
#[derive(Default)]
pub struct OperatorNotices(Mutex<BTreeMap<NoticeKind, String>>);

impl OperatorNotices {
    /// Adds and logs a notice, unless there is one of this kind.
    pub fn add(&self, kind: NoticeKind, text: impl FnOnce() -> String) {
        let mut notices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notices.entry(kind).or_insert_with(|| {
            let text = text();
            tracing::warn!("{text}");
            text
        });
    }

    /// Returns the texts of all notices.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_notice_of_a_kind_is_kept() {
        let notices = OperatorNotices::default();
        notices.add(NoticeKind::PublicUrl, || "first".into());
        notices.add(NoticeKind::PublicUrl, || unreachable!("there is a notice"));
        notices.add(NoticeKind::UntrustedProxy, || "proxy".into());
        assert_eq!(notices.texts(), ["proxy", "first"]);
    }
}
