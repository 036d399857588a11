//! Log of refused domains and machines since the last flush, bounded in memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::activation::Kind;
use domain::refusal::RefusalReason;
use domain::{AccountId, LicenseId, Timestamp};

/// Maximum number of refused subjects of a license, in memory and in the database.
pub const MAX_SUBJECTS_PER_LICENSE: usize = 20;
/// Maximum number of unflushed subjects of all licenses: about 3 MiB.
const MAX_SUBJECTS: usize = 8192;
/// Subjects flushed in one transaction, so that activations do not wait long.
const SUBJECTS_PER_TXN: usize = 256;
/// One refused request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefusedRequest<'a> {
    pub kind: Kind,
    /// The domain, or the fingerprint of the machine.
    pub subject: &'a str,
    /// The network name of a machine.
    pub hostname: Option<&'a str>,
    pub reason: RefusalReason,
    pub client: Option<IpAddr>,
}

/// A refused domain or machine and its refusals since the last flush.
#[derive(Debug, Clone)]
pub(super) struct RefusedSubject {
    pub kind: Kind,
    pub subject: Box<str>,
    pub hostname: Option<Box<str>>,
    pub reason: RefusalReason,
    pub count: i64,
    pub client: Option<IpAddr>,
    pub last: Timestamp,
}

#[derive(Default)]
struct Unflushed {
    by_license: HashMap<(LicenseId, AccountId), Vec<RefusedSubject>>,
    /// The number of subjects of all licenses.
    len: usize,
}

/// The refusals since the last flush.
#[derive(Default)]
pub(crate) struct RefusalLog(Mutex<Unflushed>);

/// The refusals of one flush, by license.
pub(super) type Drained = Vec<((LicenseId, AccountId), Vec<RefusedSubject>)>;

impl RefusalLog {
    /// Adds a refusal. Beyond the limits it is dropped; the daily counts still contain it.
    pub fn add(&self, license: LicenseId, account: AccountId, request: RefusedRequest<'_>, now: Timestamp) {
        let mut unflushed = self.lock();
        let is_full = unflushed.len >= MAX_SUBJECTS;
        if is_full && !unflushed.by_license.contains_key(&(license, account)) {
            return;
        }
        let subjects = unflushed.by_license.entry((license, account)).or_default();
        let same =
            |known: &&mut RefusedSubject| known.kind == request.kind && &*known.subject == request.subject;
        if let Some(known) = subjects.iter_mut().find(same) {
            known.count += 1;
            (known.reason, known.client, known.last) = (request.reason, request.client, now);
            return;
        }
        if is_full || subjects.len() >= MAX_SUBJECTS_PER_LICENSE {
            return;
        }
        subjects.push(RefusedSubject {
            kind: request.kind,
            subject: request.subject.into(),
            hostname: request.hostname.map(Into::into),
            reason: request.reason,
            count: 1,
            client: request.client,
            last: now,
        });
        unflushed.len += 1;
    }

    /// Returns whether there is nothing to flush.
    pub fn is_empty(&self) -> bool {
        self.lock().len == 0
    }

    /// Takes the refusals of the next flush.
    pub fn drain(&self) -> Drained {
        let mut unflushed = self.lock();
        let (mut drained, mut taken) = (Vec::new(), 0);
        let keys: Vec<_> = unflushed.by_license.keys().copied().collect();
        for key in keys {
            if taken >= SUBJECTS_PER_TXN {
                break;
            }
            if let Some(subjects) = unflushed.by_license.remove(&key) {
                taken += subjects.len();
                drained.push((key, subjects));
            }
        }
        unflushed.len -= taken;
        // In the order of the primary key, in which every node locks the rows.
        drained.sort_by_key(|((license, _), _)| *license);
        for (_, subjects) in &mut drained {
            subjects.sort_by(|a, b| (a.kind.as_str(), &a.subject).cmp(&(b.kind.as_str(), &b.subject)));
        }
        drained
    }

    /// Returns the refusals of a failed flush to the log, within its limits.
    pub fn put_back(&self, drained: Drained) {
        let mut unflushed = self.lock();
        for (key, subjects) in drained {
            let known = unflushed.by_license.entry(key).or_default();
            let mut added = 0;
            for subject in subjects {
                let same = |other: &&mut RefusedSubject| {
                    other.kind == subject.kind && other.subject == subject.subject
                };
                if let Some(other) = known.iter_mut().find(same) {
                    other.count += subject.count;
                } else if known.len() < MAX_SUBJECTS_PER_LICENSE {
                    known.push(subject);
                    added += 1;
                }
            }
            unflushed.len += added;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Unflushed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn refused(subject: &str) -> RefusedRequest<'_> {
        let (kind, reason) = (Kind::Domain, RefusalReason::InvalidDomain);
        RefusedRequest { kind, subject, hostname: None, reason, client: None }
    }

    fn add(log: &RefusalLog, license: u128, subject: &str) {
        let (license, account) = (LicenseId(Uuid::from_u128(license)), AccountId(Uuid::nil()));
        log.add(license, account, refused(subject), Timestamp::from_millis(5));
    }

    #[test]
    fn license_keeps_twenty_subjects_and_counts_them_all() {
        let log = RefusalLog::default();
        for n in 0..1000 {
            add(&log, 1, &format!("h{n}.com"));
            add(&log, 1, "h0.com");
        }
        let drained = log.drain();
        assert_eq!(drained[0].1.len(), MAX_SUBJECTS_PER_LICENSE);
        assert_eq!(drained[0].1[0].count, 1001, "a known subject is counted beyond the limit");
        assert!(log.is_empty());
    }

    #[test]
    fn all_licenses_share_a_limit() {
        let log = RefusalLog::default();
        for license in 0..2 * MAX_SUBJECTS as u128 {
            add(&log, license, "a.com");
        }
        assert_eq!(log.lock().len, MAX_SUBJECTS);
        assert_eq!(log.lock().by_license.len(), MAX_SUBJECTS);
    }

    #[test]
    fn failed_flush_keeps_each_refusal_once() {
        let log = RefusalLog::default();
        add(&log, 1, "a.com");
        add(&log, 1, "b.com");
        let drained = log.drain();
        add(&log, 1, "a.com");
        log.put_back(drained);
        let drained = log.drain();
        let mut counts: Vec<_> = drained[0].1.iter().map(|s| (&*s.subject, s.count)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [("a.com", 2), ("b.com", 1)]);
        assert!(log.is_empty());
    }
}
