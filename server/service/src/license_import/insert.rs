//! The writes of a chunk: licenses with their customers, notes and metadata, and for each license its audit
//! entry and outbox event.

use std::collections::BTreeMap;

use domain::event::Event;
use domain::license::{Limit, Standing, folded_value};
use domain::license_rules::StartOfExpiry;
use domain::{ProductId, Timestamp};
use uuid::Uuid;

use super::prepare::PreparedRow;
use crate::customer::{Holder, find_or_insert_many};
use crate::license::{count_issued, new_key};
use crate::secrets::Purpose;
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::entity::products;
use crate::store::row_values::{ColumnType, Columns, RowValues, row};
use crate::store::{AuditEvent, WriteTxn, convert};
use crate::{Actor, Result, Service, new_id};

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
    ("state_reason", ColumnType::Text),
    ("domain_limit", ColumnType::Int),
    ("machine_limit", ColumnType::Int),
    ("expires_at", ColumnType::Int),
    ("created_at", ColumnType::Int),
    ("updated_at", ColumnType::Int),
    ("pending_interval", ColumnType::Text),
];
const NOTES_COLUMNS: Columns = &[
    ("license_id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("text", ColumnType::Text),
    ("updated_at", ColumnType::Int),
];
const METADATA_COLUMNS: Columns = &[
    ("license_id", ColumnType::Uuid),
    ("key", ColumnType::Text),
    ("account_id", ColumnType::Uuid),
    ("value", ColumnType::Text),
    ("search_value", ColumnType::Text),
    ("id", ColumnType::Uuid),
    ("created_at", ColumnType::Int),
    ("updated_at", ColumnType::Int),
];

/// A license to insert.
pub(super) struct NewRow<'a> {
    pub row: &'a PreparedRow,
    pub product: &'a products::Model,
}

/// Inserts licenses and records their events.
///
/// # Errors
/// Returns [`crate::Error::Database`] of a duplicate if another transaction has inserted a key or a
/// customer meanwhile.
pub(super) async fn insert(
    service: &Service,
    txn: &mut WriteTxn,
    actor: &Actor,
    new: Vec<NewRow<'_>>,
) -> Result<()> {
    let holder = |row: &NewRow<'_>| Holder {
        name: row.row.license.customer_name.clone(),
        email: row.row.license.customer_email.clone(),
    };
    let holders: Vec<_> = new.iter().map(holder).collect();
    let customers = find_or_insert_many(txn, actor, &holders).await?;
    let (mut licenses, mut notes, mut metadata) = (Vec::with_capacity(new.len()), Vec::new(), Vec::new());
    let mut issued: BTreeMap<Uuid, (&products::Model, u32)> = BTreeMap::new();
    let (account, now) = (actor.account.0, txn.now());
    for (new, customer) in new.iter().zip(customers) {
        let NewRow { row: PreparedRow { id, license, .. }, product } = *new;
        licenses.push(license_row(service, new, customer, now)?);
        if let Some(text) = &license.notes {
            notes.push(row![id.0, account, text.to_string(), now.millis()]);
        }
        for (name, value) in license.metadata.iter() {
            let at = now.millis();
            metadata.push(row![id.0, name, account, value, folded_value(value), new_id(), at, at]);
        }
        let mut entry = AuditEvent::license(Event::LicenseIssued, *id)
            .with_payload("product_id", product.id.to_string())
            .detail(format!("{}, imported", product.name));
        entry.product = Some(ProductId(product.id));
        txn.record(actor, entry);
        issued.entry(product.id).or_insert((product, 0)).1 += 1;
    }
    // The licenses before the rows that refer to them.
    for writes in [
        vec![BulkWrite::insert("licenses", LICENSE_COLUMNS, licenses)],
        vec![
            BulkWrite::insert("license_notes", NOTES_COLUMNS, notes),
            BulkWrite::insert("license_metadata", METADATA_COLUMNS, metadata),
        ],
    ] {
        execute_all(txn.conn(), writes, Vec::new()).await?;
    }
    for (product, count) in issued.into_values() {
        count_issued(txn, product, count).await?;
    }
    Ok(())
}

fn license_row(
    service: &Service,
    NewRow { row: PreparedRow { id, license, key, .. }, product }: &NewRow<'_>,
    customer: Option<Uuid>,
    now: Timestamp,
) -> Result<RowValues> {
    let issued = license.key.clone().unwrap_or_else(|| new_key(product));
    let lookup = issued.lookup();
    let (digest, sealed) = match key {
        Some((digests, sealed)) => (digests.primary.to_vec(), sealed.clone()),
        None => (
            service.keys.digest(Purpose::LicenseKey, lookup.expose().as_bytes()).to_vec(),
            service.keys.seal(Purpose::LicenseKey, id.0, issued.expose().as_bytes())?,
        ),
    };
    let issued_at = license.issued_at.unwrap_or(now);
    let by_default = || convert::rules_of_product(product).expiry.at_creation(issued_at);
    let given = |expires_at| StartOfExpiry { expires_at, pending: None };
    let expiry = license.expires_at.map_or_else(by_default, given);
    let (state, state_at) = match license.standing {
        Standing::Suspended => ("suspended", Some(now.millis())),
        Standing::Revoked => ("revoked", Some(now.millis())),
        Standing::Active | Standing::Expired => ("active", None),
    };
    let reason = license.reason.as_ref().filter(|_| state_at.is_some()).map(ToString::to_string);
    let limit =
        |limit: Option<Limit>, default: Option<i32>| limit.map_or(default, Limit::to_storage).map(i64::from);
    Ok(row![
        id.0,
        product.account_id,
        product.id,
        customer,
        digest,
        sealed,
        lookup.last_four(),
        state,
        state_at,
        reason,
        limit(license.domain_limit, product.domain_limit),
        limit(license.machine_limit, product.machine_limit),
        expiry.expires_at.map(Timestamp::millis),
        issued_at.millis(),
        now.millis(),
        expiry.pending.map(|interval| interval.to_string()),
    ])
}
