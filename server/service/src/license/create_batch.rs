//! Group commit of licenses that programs make: the rows a batch reads and the writes it stages.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::event::Event;
use domain::license::{MetadataPair, folded_value, merge_pairs};
use domain::license_rules::{RuleOverrides, StartOfExpiry};
use domain::machine::MetadataEntry;
use domain::{AccountId, IssuedKey, LicenseId, ProductId, Timestamp};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::derived_id::{derived_id, meter_part};
use super::record::{self, LicenseRecord, Parts};
use super::refusal::LicenseRefusal;
use super::terms::{self, CreateLicense};
use crate::secrets::KeyDigests;
use crate::store::bulk_write::BulkWrite;
use crate::store::entity::{customers, license_metadata, license_templates, licenses, products};
use crate::store::group_commit::{WriteBatch, WriteRequest, distinct_license_digests};
use crate::store::row_values::{ColumnType, Columns, RowValues, in_rows, row};
use crate::store::{AuditEvent, WriteTxn, convert, scope};
use crate::{Actor, Result, new_id};

/// A license to make, with its key sealed.
pub(crate) struct CreateRequest {
    pub actor: Actor,
    pub license: CreateLicense,
    pub id: LicenseId,
    pub key: IssuedKey,
    pub digests: KeyDigests,
    pub key_sealed: Vec<u8>,
}

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

const LICENSE_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("product_id", ColumnType::Uuid),
    ("customer_id", ColumnType::Uuid),
    ("key_digest", ColumnType::Bytes),
    ("key_sealed", ColumnType::Bytes),
    ("last_four", ColumnType::Text),
    ("state", ColumnType::Text),
    ("state_at", ColumnType::Int),
    ("domain_limit", ColumnType::Int),
    ("machine_limit", ColumnType::Int),
    ("expires_at", ColumnType::Int),
    ("created_at", ColumnType::Int),
    ("updated_at", ColumnType::Int),
    ("rules", ColumnType::Text),
    ("pending_interval", ColumnType::Text),
    ("template_id", ColumnType::Uuid),
    ("visible_metadata", ColumnType::Text),
];
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

/// The columns of a field of the seller.
pub(super) const METADATA_COLUMNS: Columns = &[
    ("license_id", ColumnType::Uuid),
    ("key", ColumnType::Text),
    ("account_id", ColumnType::Uuid),
    ("value", ColumnType::Text),
    ("search_value", ColumnType::Text),
    ("id", ColumnType::Uuid),
    ("view_permissions", ColumnType::Text),
    ("created_at", ColumnType::Int),
    ("updated_at", ColumnType::Int),
];

/// Returns the values of [`METADATA_COLUMNS`].
pub(super) fn metadata_values(model: &license_metadata::Model) -> RowValues {
    let license_metadata::Model {
        license_id,
        key,
        account_id,
        value,
        search_value,
        id,
        view_permissions,
        created_at,
        updated_at,
    } = model;
    row![
        *license_id,
        key.clone(),
        *account_id,
        value.clone(),
        search_value.clone(),
        *id,
        view_permissions.clone(),
        *created_at,
        *updated_at,
    ]
}

/// Makes the row of a new field of the seller.
pub(super) fn metadata_row(
    account: Uuid,
    license: Uuid,
    pair: &MetadataPair,
    at: Timestamp,
) -> license_metadata::Model {
    license_metadata::Model {
        license_id: license,
        key: pair.key.clone(),
        account_id: account,
        value: pair.value.clone(),
        search_value: folded_value(&pair.value),
        id: Some(new_id()),
        view_permissions: pair.visibility.to_storage(),
        created_at: at.millis(),
        updated_at: at.millis(),
    }
}

/// Returns the fields that apps see, as the license's row keeps them; `None` if they see none.
pub(super) fn visible_metadata<'a>(
    rows: impl IntoIterator<Item = &'a license_metadata::Model>,
) -> Option<String> {
    let visible = |row: &&license_metadata::Model| {
        domain::license::Visibility::from_storage(&row.view_permissions).activation
    };
    let entry =
        |row: &license_metadata::Model| MetadataEntry { key: row.key.clone(), value: row.value.clone() };
    let entries: Vec<_> = rows.into_iter().filter(visible).map(entry).collect();
    if entries.is_empty() { None } else { serde_json::to_string(&entries).ok() }
}

/// The rows that a batch reads and the writes it stages.
pub(crate) struct CreateBatch {
    products: HashMap<Uuid, products::Model>,
    templates: HashMap<Uuid, license_templates::Model>,
    customers: HashMap<Uuid, customers::Model>,
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
    events: Vec<(Actor, AuditEvent)>,
}

impl WriteBatch<CreateRequest> for CreateBatch {
    async fn load_and_lock(txn: &WriteTxn, requests: &[&CreateRequest], (): &mut ()) -> Result<Self> {
        let db = txn.conn();
        let backend = db.get_database_backend();
        if !txn.needs_row_locks() {
            // A statement of SQLite writes up to 64 rows, and those of fields may precede their licenses.
            db.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
        }
        let mut holders: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for request in requests {
            if let Some(customer) = request.license.terms.customer {
                holders.entry(request.actor.account.0).or_default().push(customer.0);
            }
        }
        let mut customers = HashMap::new();
        for (account, ids) in holders {
            for row in scope::lock_customers(txn, AccountId(account), ids, LockType::KeyShare).await? {
                customers.insert(row.id, row);
            }
        }
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
        let customer = terms.customer.map(|id| self.customers.get(&id.0).filter(|c| c.account_id == account));
        let customer = match customer {
            Some(None) => return Ok(Err(LicenseRefusal::UnknownCustomer)),
            Some(found) => found,
            None => None,
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
        self.events.push((request.actor.clone(), entry));
        let parts = Parts { license, product, customer, notes, metadata, last_use: None };
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
        let counts = self.issued.into_iter().map(|(product, added)| row![product, added]).collect();
        // The update checks again that no product was archived meanwhile.
        txn.defer_write(BulkWrite::new(COUNT_COLUMNS, counts, |from| {
            format!(
                "UPDATE products SET license_count = license_count + v.added FROM {from} \
                 WHERE products.id = v.product_id AND products.archived_at IS NULL"
            )
        }));
        for (actor, entry) in self.events {
            txn.record(&actor, entry);
        }
    }
}

/// The rows of a new license.
struct NewLicense {
    license: licenses::Model,
    metadata: Vec<license_metadata::Model>,
    notes: Option<String>,
    /// The ids of its own meters.
    meters: Vec<String>,
}

fn new_license(
    request: &CreateRequest,
    product: &products::Model,
    template: Option<&license_templates::Model>,
    has_own_template: bool,
    now: Timestamp,
) -> Result<NewLicense, LicenseRefusal> {
    let terms = &request.license.terms;
    let of_product = convert::rules_of_product(product);
    let mut rules = match template {
        Some(template) if has_own_template => RuleOverrides::copy_of(&convert::rules_of_template(template)),
        _ => RuleOverrides::default(),
    };
    rules.apply(&terms.rules, &of_product);
    rules.echoed.clone_from(&terms.rules.echoed);
    let created = terms.created_at.unwrap_or(now);
    let product_meters = convert::json_or_default(Some(&product.meters));
    terms::set_meters(&mut rules, &product_meters, &terms.meters, created)?;
    if let Some(template) = template {
        require_metadata(template, &terms.metadata)?;
        let required: Vec<String> = convert::json_or_default(Some(&template.required_meters));
        let in_force = rules.meters.merge(product_meters.clone());
        let missing: Vec<_> = required
            .into_iter()
            .filter(|name| in_force.find(name).is_none())
            .map(|name| terms::GivenMeter { name, allowed: None, floating: None, visibility: None })
            .collect();
        terms::set_meters(&mut rules, &product_meters, &missing, created)?;
    }
    let expiry = rules.merge(of_product).expiry.at_creation(created);
    let expiry = match terms.expires_at {
        Some(at) => StartOfExpiry { expires_at: Some(at), pending: None },
        None => expiry,
    };
    let pairs = merge_pairs(&[], &terms.metadata)?;
    let (account, id) = (request.actor.account.0, request.id.0);
    let metadata: Vec<_> = pairs.iter().map(|pair| metadata_row(account, id, pair, now)).collect();
    let state =
        domain::license::State::Active.switched(Some(terms.suspended), Some(terms.revoked), now, None);
    let (machine_limit, domain_limit) = match template {
        Some(template) if has_own_template => (template.machine_limit, template.domain_limit),
        _ => (product.machine_limit, product.domain_limit),
    };
    let lookup = request.key.lookup();
    let license = licenses::Model {
        id,
        account_id: account,
        product_id: product.id,
        customer_id: terms.customer.map(|customer| customer.0),
        key_digest: request.digests.primary.to_vec(),
        key_sealed: request.key_sealed.clone(),
        last_four: lookup.last_four(),
        state: state.as_str().to_owned(),
        state_at: (state.as_str() != "active").then(|| now.millis()),
        state_reason: None,
        domain_limit: terms.domain_limit.map_or(domain_limit, |limit| limit.to_storage()),
        machine_limit: terms.machine_limit.map_or(machine_limit, |limit| limit.to_storage()),
        domains_used: 0,
        machines_used: 0,
        expires_at: expiry.expires_at.map(Timestamp::millis),
        lapsed_at: None,
        verification_count: 0,
        last_verified_at: None,
        created_at: created.millis(),
        updated_at: terms.updated_at.unwrap_or(created).millis(),
        first_activated_at: None,
        deactivations: 0,
        meters: None,
        marked_unused_at: None,
        released_use_at: None,
        customer_released_at: None,
        pending_interval: expiry.pending.map(|interval| interval.to_string()),
        template_id: terms.template.filter(|_| has_own_template).map(|template| template.0),
        visible_metadata: visible_metadata(&metadata),
        rules: rules.to_storage(),
    };
    let meters = rules.meters.0.iter().map(|own| own.meter.id()).collect();
    Ok(NewLicense { license, metadata, notes: terms.notes.as_ref().map(ToString::to_string), meters })
}

fn require_metadata(
    template: &license_templates::Model,
    given: &[domain::license::GivenPair],
) -> Result<(), LicenseRefusal> {
    let required: Vec<String> = convert::json_or_default(Some(&template.required_metadata));
    let is_given = |name: &String| given.iter().any(|pair| pair.key.eq_ignore_ascii_case(name));
    match required.into_iter().find(|name| !is_given(name)) {
        Some(name) => Err(LicenseRefusal::MissingMetadata(name)),
        None => Ok(()),
    }
}

fn license_values(license: &licenses::Model) -> RowValues {
    row![
        license.id,
        license.account_id,
        license.product_id,
        license.customer_id,
        license.key_digest.clone(),
        license.key_sealed.clone(),
        license.last_four.clone(),
        license.state.clone(),
        license.state_at,
        license.domain_limit.map(i64::from),
        license.machine_limit.map(i64::from),
        license.expires_at,
        license.created_at,
        license.updated_at,
        license.rules.clone(),
        license.pending_interval.clone(),
        license.template_id,
        license.visible_metadata.clone(),
    ]
}
