//! Loads objects within the transaction of a change, by one statement for each kind.

use std::collections::{BTreeSet, HashMap};

use domain::webhook::ObjectKind;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::record::ObjectRecord;
use super::{activation, trial};
use crate::Result;
use crate::store::entity::webhooks;
use crate::webhook::view;

/// The kind and the id of an object.
pub(in crate::webhook) type ObjectKey = (ObjectKind, Uuid);

/// Ids within one statement.
const IDS_PER_STATEMENT: usize = 500;

/// The objects to load, by kind.
#[derive(Default)]
pub(in crate::webhook) struct WantedObjects(HashMap<ObjectKind, BTreeSet<Uuid>>);

impl WantedObjects {
    /// Adds an object.
    pub fn add(&mut self, (kind, id): ObjectKey) {
        // Machines and domains are in one table, and a change names the id alone.
        let kind = if kind == ObjectKind::DomainActivation { ObjectKind::Activation } else { kind };
        self.0.entry(kind).or_default().insert(id);
    }
}

/// Loads objects. Those that do not exist are left out.
pub(in crate::webhook) async fn load(
    db: &impl ConnectionTrait,
    wanted: &WantedObjects,
) -> Result<HashMap<ObjectKey, ObjectRecord>> {
    let mut records = HashMap::new();
    for (kind, ids) in &wanted.0 {
        let ids: Vec<Uuid> = ids.iter().copied().collect();
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            records.extend(load_kind(db, *kind, ids).await?);
        }
    }
    Ok(records)
}

async fn load_kind(
    db: &impl ConnectionTrait,
    kind: ObjectKind,
    ids: &[Uuid],
) -> Result<Vec<(ObjectKey, ObjectRecord)>> {
    match kind {
        ObjectKind::Activation | ObjectKind::DomainActivation => activation::load(db, ids).await,
        ObjectKind::TrialActivation => trial::load(db, ids).await,
        ObjectKind::Webhook => load_webhooks(db, ids).await,
        // The read models of these are loaded here, each by its ids.
        ObjectKind::License
        | ObjectKind::User
        | ObjectKind::Organization
        | ObjectKind::Product
        | ObjectKind::LicenseTemplate
        | ObjectKind::TrialPolicy => Ok(Vec::new()),
    }
}

async fn load_webhooks(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<(ObjectKey, ObjectRecord)>> {
    let rows =
        webhooks::Entity::find().filter(webhooks::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    let record = |row: &webhooks::Model| {
        let view = Box::new(view::webhook(row)?);
        Ok(((ObjectKind::Webhook, row.id), ObjectRecord::Webhook(view)))
    };
    rows.iter().map(record).collect()
}
