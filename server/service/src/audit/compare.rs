//! Compares one seal with the entries that it seals.

use std::collections::HashMap;

use domain::AuditEntryId;
use domain::view::{AuditBreak, BreakKind};
use uuid::Uuid;

use super::digest::{self, SEALED_BYTES};
use crate::random;
use crate::secrets::Keyring;
use crate::store::entity::{audit_amendments, audit_entries, audit_seals};

/// An entry as its seal has it.
pub(super) struct SealedEntry<'a> {
    position: i64,
    id: Uuid,
    /// The digest of the entry before.
    former: &'a [u8],
    digest: &'a [u8],
}

/// A seal, with the entries and amendments in its range of ids.
pub(super) struct Comparison<'a> {
    pub keys: &'a Keyring,
    pub account: Uuid,
    pub sealed: Vec<SealedEntry<'a>>,
    /// The stored entries after the seal before, in the order of their ids.
    pub rows: &'a [audit_entries::Model],
    pub amendments: HashMap<Uuid, Vec<audit_amendments::Model>>,
    /// Entries before this id may be missing.
    pub pruned_before: Uuid,
}

/// Returns the entries of a seal in their order. `None` if the bytes are no entries.
pub(super) fn unpack(seal: &audit_seals::Model) -> Option<Vec<SealedEntry<'_>>> {
    if seal.entries.is_empty() || !seal.entries.len().is_multiple_of(SEALED_BYTES) {
        return None;
    }
    let (mut former, mut position) = (seal.former_digest.as_slice(), seal.position);
    let mut sealed = Vec::with_capacity(seal.entries.len() / SEALED_BYTES);
    for bytes in seal.entries.chunks_exact(SEALED_BYTES) {
        let (id, digest) = bytes.split_at(16);
        sealed.push(SealedEntry { position, id: Uuid::from_slice(id).ok()?, former, digest });
        (former, position) = (digest, position + 1);
    }
    Some(sealed)
}

/// Returns a break at an entry.
pub(super) fn break_at(kind: BreakKind, position: i64, id: Option<Uuid>) -> AuditBreak {
    AuditBreak { position, kind, entry: id.map(AuditEntryId), at: id.map(random::time_of_id) }
}

impl Comparison<'_> {
    /// Returns the first break, if any.
    pub fn first_break(&self) -> Option<AuditBreak> {
        if let Some(pair) = self.sealed.windows(2).find(|pair| pair[0].id >= pair[1].id) {
            return Some(break_at(BreakKind::Reordered, pair[1].position, Some(pair[1].id)));
        }
        let mut rows = self.rows.iter().peekable();
        for sealed in &self.sealed {
            while let Some(row) = rows.next_if(|row| row.id < sealed.id) {
                // The retention deletes it next: it ended before the entry was sealed.
                if row.id >= self.pruned_before {
                    return Some(break_at(BreakKind::Added, sealed.position, Some(row.id)));
                }
            }
            match rows.next_if(|row| row.id == sealed.id) {
                Some(row) if self.matches(sealed, row) => {}
                Some(row) => return Some(break_at(self.kind_of(sealed, row), sealed.position, Some(row.id))),
                None if sealed.id < self.pruned_before => {}
                None => return Some(break_at(BreakKind::Missing, sealed.position, Some(sealed.id))),
            }
        }
        None
    }

    /// Returns whether an entry matches its seal, as it is or as it was before its amendments.
    fn matches(&self, sealed: &SealedEntry<'_>, row: &audit_entries::Model) -> bool {
        let present = digest::amendable(self.keys, row.id, row.customer_id, row.detail.as_deref());
        if self.matches_with(sealed, row, &present) {
            return true;
        }
        let amendments = self.amendments.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let mut after = present;
        // From the last amendment to the first.
        for _ in 0..amendments.len() {
            let is_last = |amendment: &&audit_amendments::Model| {
                let former = &amendment.former_digest;
                amendment.digest == digest::amendment(self.keys, self.account, row.id, former, &after)
            };
            let Some(last) = amendments.iter().find(is_last) else { return false };
            if self.matches_with(sealed, row, &last.former_digest) {
                return true;
            }
            let Ok(former) = last.former_digest.as_slice().try_into() else { return false };
            after = former;
        }
        false
    }

    fn matches_with(&self, sealed: &SealedEntry<'_>, row: &audit_entries::Model, amendable: &[u8]) -> bool {
        let at = (sealed.position, sealed.former);
        digest::entry(self.keys, at, sealed.id, row, amendable) == sealed.digest
    }

    /// Names the break of an entry: it may have the content of another entry of the seal.
    fn kind_of(&self, sealed: &SealedEntry<'_>, row: &audit_entries::Model) -> BreakKind {
        let is_of = |other: &SealedEntry<'_>| {
            let amendable = digest::amendable(self.keys, other.id, row.customer_id, row.detail.as_deref());
            self.matches_with(other, row, &amendable)
        };
        let is_exchanged = self.sealed.iter().any(|other| other.id != sealed.id && is_of(other));
        if is_exchanged { BreakKind::Reordered } else { BreakKind::Changed }
    }
}
