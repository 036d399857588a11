//! The checks of rows against the database and the rest of the file.

use std::collections::{HashMap, HashSet};

use domain::import::{CellFault, Column, Header, ImportedLicense};
use domain::{AccountId, ProductId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::file_row::FileRow;
use super::plan::Products;
use crate::activation::former_digest;
use crate::secrets::KeyDigests;
use crate::store::entity::{customers, former_license_keys, licenses};
use crate::store::row_values::{self, ColumnType, Columns, row};
use crate::{Result, Service};

const KEY_DIGEST_COLUMN: Columns = &[("key_digest", ColumnType::Bytes)];

/// What rows are checked against.
pub(super) struct Context<'a> {
    pub service: &'a Service,
    pub account: AccountId,
    pub header: &'a Header,
    pub products: &'a Products,
    /// The product of rows without one.
    pub product: Option<ProductId>,
}

/// A row that was read, and its faults.
pub(super) struct CheckedRow {
    pub file_row: FileRow,
    pub license: ImportedLicense,
    pub faults: Vec<CellFault>,
    pub notice: Option<CellFault>,
}

impl CheckedRow {
    pub fn new(file_row: FileRow, license: ImportedLicense) -> Self {
        Self { file_row, license, faults: Vec::new(), notice: None }
    }

    fn fault(&mut self, header: &Header, column: Column, message: String) {
        self.faults.push(CellFault { column: header.name_of(column).to_owned(), message });
    }
}

/// Checks products and keys, and notes customers that are known under another name. `key_lines` has the
/// lines of all keys of the file so far.
pub(super) async fn check(
    context: &Context<'_>,
    rows: &mut [CheckedRow],
    key_lines: &mut HashMap<u128, u64>,
) -> Result<()> {
    let Context { service, header, .. } = *context;
    let mut digests = Vec::with_capacity(rows.len());
    for row in &mut *rows {
        if let Err(message) = context.products.of(&row.license, context.product) {
            row.fault(header, Column::Product, message);
        }
        let digest = key_digests(service, &row.license);
        if let Some(digest) = &digest {
            let line = *key_lines.entry(first_bytes(&digest.primary)).or_insert(row.file_row.line);
            if line != row.file_row.line {
                row.fault(header, Column::LicenseKey, format!("Line {line} has this key too."));
            }
        }
        digests.push(digest);
    }
    let existing = existing_keys(service.store.read(), digests.iter().flatten()).await?;
    let former = former_keys(service, rows).await?;
    for (row, digest) in rows.iter_mut().zip(&digests) {
        if digest.as_ref().is_some_and(|digest| is_among(&existing, digest)) {
            row.fault(header, Column::LicenseKey, EXISTING_KEY.to_owned());
        }
        let key = row.license.key.as_ref().map(|key| former_digest(&service.keys, &key.lookup()).to_vec());
        if key.is_some_and(|digest| former.contains(&digest)) {
            row.fault(header, Column::LicenseKey, FORMER_KEY.to_owned());
        }
    }
    note_other_names(context, rows).await
}

/// The fault of a key that a license has.
pub(super) const EXISTING_KEY: &str = "A license with this key exists already.";

/// The fault of a key that was replaced, perhaps because it leaked.
const FORMER_KEY: &str = "A license had this key before it was replaced. Remove the key to get a new one.";

/// Returns the digests of those keys that licenses had before.
async fn former_keys(service: &Service, rows: &[CheckedRow]) -> Result<HashSet<Vec<u8>>> {
    let keys = rows.iter().filter_map(|row| row.license.key.as_ref());
    let digests: Vec<_> =
        keys.map(|key| row![former_digest(&service.keys, &key.lookup()).to_vec()]).collect();
    if digests.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Vec<u8>> = former_license_keys::Entity::find()
        .select_only()
        .column(former_license_keys::Column::KeyDigest)
        .filter(row_values::in_rows(service.store.backend(), KEY_DIGEST_COLUMN, &digests)?)
        .into_tuple()
        .all(service.store.read())
        .await?;
    Ok(found.into_iter().collect())
}

/// Returns the digests of a license's key. `None` if a key is to be generated.
pub(super) fn key_digests(service: &Service, license: &ImportedLicense) -> Option<KeyDigests> {
    let key = license.key.as_ref()?.lookup();
    Some(service.keys.license_key_digests(key.expose().as_bytes()))
}

/// Returns which of these digests licenses have.
pub(super) async fn existing_keys(
    db: &impl ConnectionTrait,
    digests: impl Iterator<Item = &KeyDigests>,
) -> Result<HashSet<Vec<u8>>> {
    let rows: Vec<_> = digests.flat_map(KeyDigests::iter).map(|digest| row![digest.to_vec()]).collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Vec<u8>> = licenses::Entity::find()
        .select_only()
        .column(licenses::Column::KeyDigest)
        .filter(row_values::in_rows(db.get_database_backend(), KEY_DIGEST_COLUMN, &rows)?)
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// Returns whether a license has one of a key's digests.
pub(super) fn is_among(existing: &HashSet<Vec<u8>>, digests: &KeyDigests) -> bool {
    digests.iter().any(|digest| existing.contains(digest.as_slice()))
}

fn first_bytes(digest: &[u8; 32]) -> u128 {
    digest.first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

/// Notes the rows whose customer has another name. The customer keeps it.
async fn note_other_names(context: &Context<'_>, rows: &mut [CheckedRow]) -> Result<()> {
    let db = context.service.store.read();
    let columns: Columns = &[("account_id", ColumnType::Uuid), ("email", ColumnType::Text)];
    let named = rows.iter().filter(|row| row.license.customer_name.is_some());
    let mut emails: Vec<_> = named.filter_map(|row| row.license.customer_email.as_ref()).collect();
    emails.sort_unstable();
    emails.dedup();
    if emails.is_empty() {
        return Ok(());
    }
    let pairs: Vec<_> = emails.iter().map(|email| row![context.account.0, email.as_str()]).collect();
    let found: Vec<(Option<String>, Option<String>)> = customers::Entity::find()
        .select_only()
        .columns([customers::Column::Email, customers::Column::Name])
        .filter(customers::Column::AccountId.eq(context.account.0))
        .filter(row_values::in_rows(db.get_database_backend(), columns, &pairs)?)
        .into_tuple()
        .all(db)
        .await?;
    let known_names: HashMap<String, String> =
        found.into_iter().filter_map(|(email, name)| Some((email?, name?))).collect();
    for row in rows {
        let email = row.license.customer_email.as_ref().map(domain::Email::as_str);
        let (Some(known), Some(given)) =
            (email.and_then(|email| known_names.get(email)), &row.license.customer_name)
        else {
            continue;
        };
        if known != given.as_str() {
            let message = format!("The customer with this address keeps the name “{known}”.");
            let column = context.header.name_of(Column::CustomerName).to_owned();
            row.notice = Some(CellFault { column, message });
        }
    }
    Ok(())
}
