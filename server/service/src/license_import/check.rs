//! The checks of rows against the database and the rest of the file.

use std::collections::{HashMap, HashSet};

use domain::import::{CellFault, Column, Header, ImportedLicense};
use domain::{AccountId, IssuedKey, LicenseKey, ProductId};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter as _, QuerySelect as _};

use super::file_row::FileRow;
use super::plan::Products;
use crate::activation::former_digest;
use crate::activation::lookup::KEY_DIGEST_COLUMN;
use crate::secrets::KeyDigests;
use crate::store::entity::{customers, former_license_keys, licenses};
use crate::store::row_values::{self, row};
use crate::store::scope;
use crate::{Result, Service};

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
    let mut keys = Vec::with_capacity(rows.len());
    for row in &mut *rows {
        if let Err(message) = context.products.of(&row.license, context.product) {
            row.fault(header, Column::Product, message);
        }
        let key = row.license.key.as_ref().map(IssuedKey::lookup);
        let key = key.map(|key| (digests_of(service, &key), former_digest(&service.keys, &key)));
        if let Some((digests, _)) = &key {
            let line = *key_lines.entry(first_bytes(&digests.primary)).or_insert(row.file_row.line);
            if line != row.file_row.line {
                row.fault(header, Column::LicenseKey, format!("Line {line} has this key too."));
            }
        }
        keys.push(key);
    }
    let db = service.store.read();
    let existing = existing_keys(db, keys.iter().flatten().map(|(digests, _)| digests)).await?;
    let column = former_license_keys::Column::KeyDigest;
    let former = keys.iter().flatten().map(|(_, former)| former);
    let former = stored::<former_license_keys::Entity>(db, column, former).await?;
    for (row, key) in rows.iter_mut().zip(&keys) {
        let Some((digests, former_digest)) = key else { continue };
        if is_among(&existing, digests) {
            row.fault(header, Column::LicenseKey, EXISTING_KEY.to_owned());
        }
        if former.contains(former_digest.as_slice()) {
            row.fault(header, Column::LicenseKey, FORMER_KEY.to_owned());
        }
    }
    note_other_names(context, rows).await
}

/// The fault of a key that a license has.
pub(super) const EXISTING_KEY: &str = "A license with this key exists already.";

/// The fault of a key that was replaced, perhaps because it leaked.
const FORMER_KEY: &str = "A license had this key before it was replaced. Remove the key to get a new one.";

/// Returns the digests by which an imported key is looked up.
pub(super) fn digests_of(service: &Service, key: &LicenseKey) -> KeyDigests {
    service.keys.license_key_digests(key.expose().as_bytes())
}

/// Returns which of these digests licenses have.
pub(super) async fn existing_keys(
    db: &impl ConnectionTrait,
    digests: impl Iterator<Item = &KeyDigests>,
) -> Result<HashSet<Vec<u8>>> {
    stored::<licenses::Entity>(db, licenses::Column::KeyDigest, digests.flat_map(KeyDigests::iter)).await
}

/// Returns which of these digests are stored in a column `key_digest`.
async fn stored<'a, E: EntityTrait>(
    db: &impl ConnectionTrait,
    column: E::Column,
    digests: impl Iterator<Item = &'a [u8; 32]>,
) -> Result<HashSet<Vec<u8>>> {
    let rows: Vec<_> = digests.map(|digest| row![digest.to_vec()]).collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Vec<u8>> = E::find()
        .select_only()
        .column(column)
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
    let named = rows.iter().filter(|row| row.license.customer_name.is_some());
    let mut emails: Vec<_> = named.filter_map(|row| row.license.customer_email.as_ref()).collect();
    emails.sort_unstable();
    emails.dedup();
    if emails.is_empty() {
        return Ok(());
    }
    let emails = emails.into_iter().map(domain::Email::as_str);
    let found: Vec<(Option<String>, Option<String>)> = customers::Entity::find()
        .select_only()
        .columns([customers::Column::Email, customers::Column::Name])
        .filter(scope::customers_with_emails(db.get_database_backend(), context.account, emails)?)
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
