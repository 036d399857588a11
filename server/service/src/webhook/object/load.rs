//! Loads objects within the transaction of a change, by a fixed number of statements for each kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::webhook::ObjectKind;
use domain::{AccountId, LicenseId, LicenseTemplateId, ProductId, TrialPolicyId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::record::{ObjectKey, ObjectRecord};
use super::{activation, trial};
use crate::Result;
use crate::customer::record as customer_record;
use crate::license::record as license_record;
use crate::license_template::record as template_record;
use crate::organization::record as organization_record;
use crate::product::record as product_record;
use crate::secrets::Keyring;
use crate::store::entity::webhooks;
use crate::trial_policy::record as policy_record;
use crate::webhook::view;

/// Ids within one statement.
const IDS_PER_STATEMENT: usize = 500;

/// The objects to load, by kind, each with its account.
#[derive(Default)]
pub(in crate::webhook) struct WantedObjects(HashMap<ObjectKind, BTreeSet<(AccountId, Uuid)>>);

impl WantedObjects {
    /// Adds an object of an account.
    pub fn add(&mut self, account: AccountId, (kind, id): ObjectKey) {
        // Machines and domains are in one table, and a change names the id alone.
        let kind = if kind == ObjectKind::DomainActivation { ObjectKind::Activation } else { kind };
        self.0.entry(kind).or_default().insert((account, id));
    }
}

/// Loads objects. Those that do not exist are left out.
pub(in crate::webhook) async fn load(
    keys: &Keyring,
    db: &impl ConnectionTrait,
    wanted: &WantedObjects,
) -> Result<HashMap<ObjectKey, ObjectRecord>> {
    let mut records = HashMap::new();
    for (kind, objects) in &wanted.0 {
        let objects: Vec<(AccountId, Uuid)> = objects.iter().copied().collect();
        for objects in objects.chunks(IDS_PER_STATEMENT) {
            records.extend(load_kind(keys, db, *kind, objects).await?);
        }
    }
    Ok(records)
}

async fn load_kind(
    keys: &Keyring,
    db: &impl ConnectionTrait,
    kind: ObjectKind,
    objects: &[(AccountId, Uuid)],
) -> Result<Vec<(ObjectKey, ObjectRecord)>> {
    let ids: Vec<Uuid> = objects.iter().map(|(_, id)| *id).collect();
    match kind {
        ObjectKind::Activation | ObjectKind::DomainActivation => activation::load(db, &ids).await,
        ObjectKind::TrialActivation => trial::load(db, &ids).await,
        ObjectKind::Webhook => load_webhooks(db, &ids).await,
        ObjectKind::License
        | ObjectKind::Product
        | ObjectKind::LicenseTemplate
        | ObjectKind::TrialPolicy
        | ObjectKind::User
        | ObjectKind::Organization => {
            let mut found = Vec::with_capacity(ids.len());
            for (account, ids) in by_account(objects) {
                found.extend(load_of_account(keys, db, kind, account, &ids).await?);
            }
            Ok(found)
        }
    }
}

/// Returns the ids of each account.
fn by_account(objects: &[(AccountId, Uuid)]) -> BTreeMap<AccountId, Vec<Uuid>> {
    let mut ids: BTreeMap<AccountId, Vec<Uuid>> = BTreeMap::new();
    for (account, id) in objects {
        ids.entry(*account).or_default().push(*id);
    }
    ids
}

/// Loads objects by the read models of the lists, which take one account.
async fn load_of_account(
    keys: &Keyring,
    db: &impl ConnectionTrait,
    kind: ObjectKind,
    account: AccountId,
    ids: &[Uuid],
) -> Result<Vec<(ObjectKey, ObjectRecord)>> {
    Ok(match kind {
        ObjectKind::License => {
            let ids: Vec<LicenseId> = ids.iter().copied().map(LicenseId).collect();
            let records = license_record::load_many(keys, db, account, &ids).await?;
            let object = |record: license_record::LicenseRecord| {
                ((kind, record.id.0), ObjectRecord::License(Box::new(record)))
            };
            records.into_iter().map(object).collect()
        }
        ObjectKind::Product => {
            let ids: Vec<ProductId> = ids.iter().copied().map(ProductId).collect();
            let records = product_record::load_many(db, account, &ids).await?;
            let object = |record: product_record::ProductRecord| {
                ((kind, record.id.0), ObjectRecord::Product(Box::new(record)))
            };
            records.into_iter().map(object).collect()
        }
        ObjectKind::LicenseTemplate => {
            let ids: Vec<LicenseTemplateId> = ids.iter().copied().map(LicenseTemplateId).collect();
            let records = template_record::load_many(db, account, &ids).await?;
            let object = |record: template_record::TemplateRecord| {
                ((kind, record.id.0), ObjectRecord::LicenseTemplate(Box::new(record)))
            };
            records.into_iter().map(object).collect()
        }
        ObjectKind::TrialPolicy => {
            let ids: Vec<TrialPolicyId> = ids.iter().copied().map(TrialPolicyId).collect();
            let records = policy_record::load_many(db, account, &ids).await?;
            let object = |record: policy_record::TrialPolicyRecord| {
                ((kind, record.id.0), ObjectRecord::TrialPolicy(Box::new(record)))
            };
            records.into_iter().map(object).collect()
        }
        ObjectKind::User => {
            let records = customer_record::load_many(db, account, ids.iter().copied()).await?;
            let objects = records.into_iter();
            objects.map(|(id, record)| ((kind, id), ObjectRecord::User(Box::new(record)))).collect()
        }
        ObjectKind::Organization => {
            let records = organization_record::load_many(db, account, ids.iter().copied()).await?;
            let objects = records.into_iter();
            objects.map(|(id, record)| ((kind, id), ObjectRecord::Organization(Box::new(record)))).collect()
        }
        _ => Vec::new(),
    })
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
