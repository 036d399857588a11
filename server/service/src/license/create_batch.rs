//! Group commit of licenses that programs make: the rows a batch reads and the writes it stages.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::event::Event;
use domain::trace_context::TraceContext;
use domain::{AccountId, ProductId};
use sea_orm::sea_query::LockType;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::create_request::CreateRequest;
use super::derived_id::{derived_id, meter_part};
use super::metadata_values::{METADATA_COLUMNS, metadata_values};
use super::new_license::{LICENSE_COLUMNS, NewLicense, license_values, new_license};
use super::record::{self, LicenseRecord, Parts};
use super::refusal::LicenseRefusal;
use crate::customer::CustomerRecord;
use crate::organization::OrganizationRecord;
use crate::secrets::KeyDigests;
use crate::store::bulk_write::BulkWrite;
use crate::store::entity::{license_templates, licenses, products};
use crate::store::group_commit::{WriteBatch, WriteRequest, distinct_license_digests};
use crate::store::row_values::{ColumnType, Columns, RowValues, in_rows, row};
use crate::store::{AuditEvent, WriteTxn, convert, scope};
use crate::tag::NewLicenseTags;
use crate::{Actor, Result, customer, organization};

/// The license that was made, or why it was not.
pub(crate) type CreateOutcome = Result<Box<LicenseRecord>, LicenseRefusal>;

impl WriteRequest for CreateRequest {
    type Response = CreateOutcome;
    type Batch = CreateBatch;
    type BatchState = ();

    fn license_digests(&self) -> &KeyDigests {
        &self.digests
    }
}

const ID_COLUMN: Columns = &[("id", ColumnType::Uuid)];

const NOTES_COLUMNS: Columns = &[
    ("license_id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("text", ColumnType::Text),
    ("updated_at", ColumnType::Int),
];
const METER_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("license_id", ColumnType::Uuid),
    ("meter", ColumnType::Text),
];
const COUNT_COLUMNS: Columns = &[("product_id", ColumnType::Uuid), ("added", ColumnType::Int)];

/// The rows that a batch reads and the writes it stages.
pub(crate) struct CreateBatch {
    products: HashMap<Uuid, products::Model>,
    templates: HashMap<Uuid, license_templates::Model>,
    /// By account and id.
    customers: HashMap<(Uuid, Uuid), CustomerRecord>,
    /// By account and id.
    organizations: HashMap<(Uuid, Uuid), OrganizationRecord>,
    tags: NewLicenseTags,
    /// Digests of keys that licenses have, including those of this batch.
    taken_keys: HashSet<Vec<u8>>,
    /// Ids that licenses have, including those of this batch.
    taken_ids: HashSet<Uuid>,
    licenses: Vec<RowValues>,
    notes: Vec<RowValues>,
    metadata: Vec<RowValues>,
    meters: Vec<RowValues>,
    /// Licenses of this batch, by product.
    issued: BTreeMap<Uuid, i64>,
    events: Vec<(Actor, AuditEvent, Option<Arc<TraceContext>>)>,
}

impl WriteBatch<CreateRequest> for CreateBatch {
    async fn load_and_lock(txn: &WriteTxn, requests: &[&CreateRequest], (): &mut ()) -> Result<Self> {
        let db = txn.conn();
        let backend = db.get_database_backend();
        if !txn.needs_row_locks() {
            // A statement of SQLite writes up to 64 rows, and those of fields may precede their licenses.
            db.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
        }
        let customers = lock_customers(txn, requests).await?;
        let organizations = lock_organizations(txn, requests).await?;
        let names = requests.iter().map(|request| (request.actor.account, &request.license.terms.tags));
        let names: Vec<_> = names.filter(|(_, names)| !names.is_empty()).collect();
        let tags = NewLicenseTags::load_and_lock(txn, &names).await?;
        let products = record::load_products(db, requests.iter().map(|r| r.license.product.0)).await?;
        let templates = products.values().filter_map(|product| product.template_id);
        let own_templates = requests.iter().filter_map(|r| r.license.terms.template).map(|id| id.0);
        let ids: HashSet<Uuid> = templates.chain(own_templates).collect();
        let mut templates = HashMap::new();
        if !ids.is_empty() {
            let ids: Vec<_> = ids.into_iter().map(|id| row![id]).collect();
            let find = license_templates::Entity::find().filter(in_rows(backend, ID_COLUMN, &ids)?);
            templates = find.all(db).await?.into_iter().map(|row| (row.id, row)).collect();
        }
        let digests = distinct_license_digests(requests);
        let taken: Vec<Vec<u8>> = licenses::Entity::find()
            .select_only()
            .column(licenses::Column::KeyDigest)
            .filter(in_rows(backend, &[("key_digest", ColumnType::Bytes)], &digests)?)
            .into_tuple()
            .all(db)
            .await?;
        let imported = requests.iter().filter_map(|r| r.license.terms.id);
        let imported: Vec<_> = imported.map(|id| row![id.0]).collect();
        let mut taken_ids = HashSet::new();
        if !imported.is_empty() {
            let find = licenses::Entity::find().select_only().column(licenses::Column::Id);
            let ids: Vec<Uuid> =
                find.filter(in_rows(backend, ID_COLUMN, &imported)?).into_tuple().all(db).await?;
            taken_ids.extend(ids);
        }
        Ok(Self {
            products,
            templates,
            customers,
            organizations,
            tags,
            taken_keys: taken.into_iter().collect(),
            taken_ids,
            licenses: Vec::new(),
            notes: Vec::new(),
            metadata: Vec::new(),
            meters: Vec::new(),
            issued: BTreeMap::new(),
            events: Vec::new(),
        })
    }

    fn decide(&mut self, request: &CreateRequest, txn: &WriteTxn) -> Result<CreateOutcome> {
        let account = request.actor.account.0;
        let terms = &request.license.terms;
        let product = self.products.get(&request.license.product.0).filter(|row| row.account_id == account);
        let Some(product) = product else { return Ok(Err(LicenseRefusal::UnknownProduct)) };
        if convert::availability(product).ensure_issuable().is_err() {
            return Ok(Err(LicenseRefusal::ArchivedProduct));
        }
        let other = terms.template.filter(|id| Some(id.0) != product.template_id);
        let template = other.map(|id| id.0).or(product.template_id).and_then(|id| self.templates.get(&id));
        let template = template.filter(|row| row.account_id == account);
        if other.is_some() && template.is_none() {
            return Ok(Err(LicenseRefusal::UnknownTemplate));
        }
        let customer = terms.customer.map(|id| self.customers.get(&(account, id.0)).cloned());
        let customer = match customer {
            Some(None) => return Ok(Err(LicenseRefusal::UnknownCustomer)),
            found => found.flatten(),
        };
        let organization = terms.organization.map(|id| self.organizations.get(&(account, id.0)).cloned());
        let organization = match organization {
            Some(None) => return Ok(Err(LicenseRefusal::UnknownOrganization)),
            found => found.flatten(),
        };
        if request.digests.iter().any(|digest| self.taken_keys.contains(digest.as_slice())) {
            return Ok(Err(LicenseRefusal::DuplicateKey));
        }
        if self.taken_ids.contains(&request.id.0) {
            return Ok(Err(LicenseRefusal::DuplicateId));
        }
        let made = match new_license(request, product, template, other.is_some(), txn.now()) {
            Ok(made) => made,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let NewLicense { license, metadata, notes, meters } = made;
        self.taken_keys.insert(request.digests.primary.to_vec());
        self.taken_ids.insert(license.id);
        self.licenses.push(license_values(&license));
        if let Some(text) = &notes {
            self.notes.push(row![license.id, account, text.clone(), license.updated_at]);
        }
        self.metadata.extend(metadata.iter().map(metadata_values));
        for meter in meters {
            let id = derived_id(license.id, &meter_part(&meter));
            self.meters.push(row![id, account, license.id, meter]);
        }
        *self.issued.entry(product.id).or_default() += 1;
        let mut entry = AuditEvent::license(Event::LicenseIssued, request.id)
            .detail(product.name.clone())
            .with_payload("product_id", product.id.to_string());
        entry.product = Some(ProductId(product.id));
        self.events.push((request.actor.clone(), entry, request.trace.clone()));
        let tags = self.tags.attach(&request.actor, request.id, &terms.tags, txn.now());
        let parts = Parts { license, product, customer, organization, tags, notes, metadata, last_use: None };
        Ok(Ok(Box::new(record::assemble_with_key(request.key.clone(), parts)?)))
    }

    fn is_empty(&self) -> bool {
        self.licenses.is_empty()
    }

    fn stage(self, txn: &mut WriteTxn) {
        txn.defer_write(BulkWrite::insert("licenses", LICENSE_COLUMNS, self.licenses));
        txn.defer_write(BulkWrite::insert("license_notes", NOTES_COLUMNS, self.notes));
        txn.defer_write(BulkWrite::insert("license_metadata", METADATA_COLUMNS, self.metadata));
        txn.defer_write(BulkWrite::insert("license_meters", METER_COLUMNS, self.meters));
        self.tags.stage(txn);
        let counts = self.issued.into_iter().map(|(product, added)| row![product, added]).collect();
        // The update checks again that no product was archived meanwhile.
        txn.defer_write(BulkWrite::new(COUNT_COLUMNS, counts, |from| {
            format!(
                "UPDATE products SET license_count = license_count + v.added FROM {from} \
                 WHERE products.id = v.product_id AND products.archived_at IS NULL"
            )
        }));
        for (actor, entry, trace) in self.events {
            txn.set_trace(trace);
            txn.record(&actor, entry);
        }
    }
}

/// Locks the customers of new licenses, and loads what is answered of them. Without customers, nothing is read.
async fn lock_customers(
    txn: &WriteTxn,
    requests: &[&CreateRequest],
) -> Result<HashMap<(Uuid, Uuid), CustomerRecord>> {
    let wanted = by_account(requests, |request| request.license.terms.customer.map(|id| id.0));
    let mut found = HashMap::new();
    for (account, ids) in wanted {
        let ids = ids.into_iter().collect();
        let rows = scope::lock_customers(txn, AccountId(account), ids, LockType::KeyShare).await?;
        for record in customer::record::records(txn.conn(), AccountId(account), rows).await? {
            found.insert((account, record.id.0), record);
        }
    }
    Ok(found)
}

/// Locks the organizations of new licenses. Without organizations, nothing is read.
async fn lock_organizations(
    txn: &WriteTxn,
    requests: &[&CreateRequest],
) -> Result<HashMap<(Uuid, Uuid), OrganizationRecord>> {
    let wanted = by_account(requests, |request| request.license.terms.organization.map(|id| id.0));
    let mut found = HashMap::new();
    for (account, ids) in wanted {
        let ids = ids.into_iter().collect();
        let rows = scope::lock_organizations(txn, AccountId(account), ids, LockType::KeyShare).await?;
        for row in rows {
            found.insert((account, row.id), organization::record::record(row));
        }
    }
    Ok(found)
}

/// Returns ids of requests by their account, in order.
fn by_account(
    requests: &[&CreateRequest],
    id_of: impl Fn(&CreateRequest) -> Option<Uuid>,
) -> BTreeMap<Uuid, BTreeSet<Uuid>> {
    let mut ids: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for request in requests {
        if let Some(id) = id_of(request) {
            ids.entry(request.actor.account.0).or_default().insert(id);
        }
    }
    ids
}
