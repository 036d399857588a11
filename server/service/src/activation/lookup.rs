//! Looks up licenses by their key, and their activations by domain.

use domain::activation::Kind;
use domain::license::{Standing, State};
use domain::{AccountId, DomainName, LicenseId, LicenseKey};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseBackend, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QuerySelect as _, Statement,
};
use uuid::Uuid;

use crate::cache::{DomainEntries, DomainEntry, LicenseSnapshot};
use crate::secrets::{Keyring, Purpose};
use crate::store::entity::{activations, licenses};
use crate::store::row_values::{self, ColumnType as BulkKind, Columns, RowValues};
use crate::store::{WriteTxn, convert};
use crate::{Error, Result};

/// The column that license keys are looked up by.
const KEY_DIGEST_COLUMN: Columns = &[("key_digest", BulkKind::Bytes)];

/// Maximum number of domains in a snapshot. Licenses with more domains are queried per domain.
const MAX_CACHED_DOMAINS: usize = 256;

/// Returns the digest that a key is looked up by. `None` if the text cannot be a license key.
pub fn digest(keys: &Keyring, key: &LicenseKey) -> Option<[u8; 32]> {
    key.is_plausible().then(|| keys.digest(Purpose::LicenseKey, key.expose().as_bytes()))
}

/// Finds the license of a key digest.
pub async fn find_by_digest(db: &impl ConnectionTrait, digest: &[u8; 32]) -> Result<Option<licenses::Model>> {
    let find = licenses::Entity::find().filter(licenses::Column::KeyDigest.eq(digest.to_vec()));
    Ok(find.one(db).await?)
}

/// Finds and locks the license of a key digest until the transaction ends.
pub async fn lock_by_digest(txn: &WriteTxn, digest: &[u8; 32]) -> Result<Option<licenses::Model>> {
    let mut find = licenses::Entity::find().filter(licenses::Column::KeyDigest.eq(digest.to_vec()));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    Ok(find.one(txn.conn()).await?)
}

/// Finds the activation of a license on a domain.
pub async fn find_on_domain(
    db: &impl ConnectionTrait,
    license: LicenseId,
    domain: &DomainName,
) -> Result<Option<activations::Model>> {
    let find = activations::Entity::find()
        .filter(activations::Column::LicenseId.eq(license.0))
        .filter(activations::Column::Kind.eq(Kind::Domain.as_str()))
        .filter(activations::Column::Subject.eq(domain.as_str()));
    Ok(find.one(db).await?)
}

/// Returns whether a committed activation of the license on the domain exists. Boxed because this
/// rare path would otherwise set the size of every request's future.
pub async fn is_active_on(
    db: &impl ConnectionTrait,
    license: LicenseId,
    domain: &DomainName,
) -> Result<bool> {
    Ok(Box::pin(find_on_domain(db, license, domain)).await?.is_some())
}

/// The columns of a license that a verification needs.
#[derive(FromQueryResult)]
struct LicenseDomainsRow {
    id: Uuid,
    account_id: Uuid,
    key_digest: Vec<u8>,
    state: String,
    state_at: Option<i64>,
    expires_at: Option<i64>,
    /// A JSON array of domain names.
    domains: String,
}

/// Loads the snapshots of key digests in one statement, because an uncached verification costs
/// one round trip to the database.
pub async fn load_snapshots(
    db: &impl ConnectionTrait,
    digests: &[RowValues],
) -> Result<Vec<([u8; 32], Result<LicenseSnapshot>)>> {
    let backend = db.get_database_backend();
    let list = match backend {
        DatabaseBackend::Sqlite => "json_group_array(a.subject)",
        _ => "COALESCE(json_agg(a.subject), '[]')::text",
    };
    let sql = format!(
        "SELECT l.id, l.account_id, l.key_digest, l.state, l.state_at, l.expires_at, (SELECT {list} FROM \
         (SELECT subject FROM activations WHERE license_id = l.id AND kind = '{}' LIMIT {}) a) AS domains \
         FROM licenses l WHERE {}",
        Kind::Domain.as_str(),
        MAX_CACHED_DOMAINS + 1,
        row_values::in_rows_sql(backend, KEY_DIGEST_COLUMN)
    );
    let statement = Statement::from_sql_and_values(backend, sql, [row_values::rows_to_json(digests)?.into()]);
    let rows = LicenseDomainsRow::find_by_statement(statement).all(db).await?;
    let to_entry = |row: LicenseDomainsRow| {
        let digest = row.key_digest.as_slice().try_into();
        let digest = digest.map_err(|_| {
            Error::Internal(format!("license {}: stored key digest has the wrong length", row.id))
        })?;
        Ok((digest, to_snapshot(&row)))
    };
    rows.into_iter().map(to_entry).collect()
}

fn to_snapshot(row: &LicenseDomainsRow) -> Result<LicenseSnapshot> {
    let mut domains: Vec<String> = serde_json::from_str(&row.domains)
        .map_err(|e| Error::Internal(format!("domains of license {}: {e}", row.id)))?;
    domains.sort_unstable();
    let entries = || domains.iter().map(|domain| DomainEntry::new(domain)).collect::<DomainEntries>();
    let entries = (domains.len() <= MAX_CACHED_DOMAINS).then(entries);
    // Apps do not see the time and reason of a suspension.
    let state = State::from_storage(&row.state, convert::to_timestamp(row.state_at), None)
        .map_err(|e| Error::Internal(format!("license {}: {e}", row.id)))?;
    let (license, account) = (LicenseId(row.id), AccountId(row.account_id));
    let standing = Standing::from_state(&state);
    Ok(LicenseSnapshot::new(license, account, standing, convert::to_timestamp(row.expires_at), entries))
}
