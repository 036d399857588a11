//! The tags of the licenses that one batch makes: known ones are locked, and missing ones are made with the licenses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::event::Event;
use domain::tag::{TagName, TagNames};
use domain::{AccountId, LicenseId, Timestamp};
use uuid::Uuid;

use super::attach::{LICENSE_COLUMNS, key, lock_by_keys};
use crate::store::bulk_write::BulkWrite;
use crate::store::row_values::{ColumnType, Columns, RowValues, row};
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Result, new_id};

const TAG_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("name", ColumnType::Text),
    ("name_key", ColumnType::Text),
    ("description", ColumnType::Text),
    ("created_at", ColumnType::Int),
    ("updated_at", ColumnType::Int),
];

/// A tag by its account and the key of its name.
type TagKey = (Uuid, String);

/// The tags of a batch, and the writes that they cause.
#[derive(Default)]
pub(crate) struct NewLicenseTags {
    /// The ids and names of tags that exist or are made.
    known: HashMap<TagKey, (Uuid, String)>,
    /// In the order of their keys, because two transactions that insert the same names wait for each other.
    made: BTreeMap<TagKey, RowValues>,
    links: Vec<RowValues>,
    events: Vec<(Actor, AuditEvent)>,
}

impl NewLicenseTags {
    /// Loads the tags with these names, and keeps others from deleting them. Without names, nothing is read.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn load_and_lock(txn: &WriteTxn, names: &[(AccountId, &TagNames)]) -> Result<Self> {
        let mut keys: BTreeMap<Uuid, BTreeSet<String>> = BTreeMap::new();
        for (account, names) in names {
            for name in names.iter() {
                keys.entry(account.0).or_default().insert(key(name));
            }
        }
        let mut tags = Self::default();
        for (account, keys) in keys {
            for row in lock_by_keys(txn, AccountId(account), keys.into_iter().collect()).await? {
                tags.known.insert((account, row.name_key), (row.id, row.name));
            }
        }
        Ok(tags)
    }

    /// Gives a new license its tags. Returns their names as they are stored.
    pub fn attach(
        &mut self,
        actor: &Actor,
        license: LicenseId,
        names: &TagNames,
        now: Timestamp,
    ) -> Vec<String> {
        let mut attached = Vec::new();
        for (position, name) in (0_i64..).zip(names.iter()) {
            let (id, stored) = self.find_or_make(actor, name, now);
            self.links.push(row![license.0, id, position]);
            attached.push(stored);
        }
        attached
    }

    fn find_or_make(&mut self, actor: &Actor, name: &TagName, now: Timestamp) -> (Uuid, String) {
        let (account, name_key) = (actor.account.0, key(name));
        let tag_key = (account, name_key.clone());
        if let Some(known) = self.known.get(&tag_key) {
            return known.clone();
        }
        let (id, name, now) = (new_id(), name.to_string(), now.millis());
        let values = row![id, account, name.clone(), name_key, String::new(), now, now];
        self.made.insert(tag_key.clone(), values);
        let entry = AuditEvent::object(Event::TagCreated, "tag_id", id).detail(name.clone());
        self.events.push((actor.clone(), entry));
        self.known.insert(tag_key, (id, name.clone()));
        (id, name)
    }

    /// Stages the writes for the commit. It fails as a duplicate if another node has just made one of the tags.
    pub fn stage(self, txn: &mut WriteTxn) {
        txn.defer_write(BulkWrite::insert("tags", TAG_COLUMNS, self.made.into_values().collect()));
        txn.defer_write(BulkWrite::insert("license_tags", LICENSE_COLUMNS, self.links));
        for (actor, entry) in self.events {
            txn.record(&actor, entry);
        }
    }
}
