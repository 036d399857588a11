//! Finding a license by its key.

use domain::activation::Kind;
use domain::license::{Standing, State};
use domain::{AccountId, DomainName, LicenseId, LicenseKey};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseBackend, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QuerySelect as _, Statement,
};
use uuid::Uuid;

use crate::cache::{DomainEntries, DomainEntry, LicenseSnapshot};
use crate::secrets::Purpose;
use crate::store::entity::{activations, licenses};
use crate::store::row_values::{self, ColumnType as BulkKind, Columns, RowValues};
use crate::store::{WriteTxn, convert};
use crate::{Error, Result, Service};

/// The column that digests are looked up in.
const KEY_DIGEST_COLUMN: Columns = &[("key_digest", BulkKind::Bytes)];

/// Domains of one license that a snapshot keeps. Beyond that each is looked up.
const MAX_CACHED_DOMAINS: usize = 256;

/// The digest a key is looked up by; `None` for what was never a key of ours.
pub fn digest(service: &Service, key: &LicenseKey) -> Option<[u8; 32]> {
    key.is_plausible().then(|| service.keys.digest(Purpose::LicenseKey, key.expose().as_bytes()))
}

/// The license of a key.
pub async fn find_by_digest(db: &impl ConnectionTrait, digest: &[u8; 32]) -> Result<Option<licenses::Model>> {
    let find = licenses::Entity::find().filter(licenses::Column::KeyDigest.eq(digest.to_vec()));
    Ok(find.one(db).await?)
}

/// The license of a key, held until the transaction ends.
pub async fn lock_by_digest(txn: &WriteTxn, digest: &[u8; 32]) -> Result<Option<licenses::Model>> {
    let mut find = licenses::Entity::find().filter(licenses::Column::KeyDigest.eq(digest.to_vec()));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    Ok(find.one(txn.conn()).await?)
}

/// The activation of a license on a domain.
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

/// Whether a license is active on a domain, by what is committed. Boxed: those who ask are
/// many, and most of them are answered before.
pub async fn is_active_on(service: &Service, license: LicenseId, domain: &DomainName) -> Result<bool> {
    Ok(Box::pin(find_on_domain(service.store.read(), license, domain)).await?.is_some())
}

/// What of a license bears on a verification.
#[derive(FromQueryResult)]
struct LicenseDomainsRow {
    id: Uuid,
    account_id: Uuid,
    key_digest: Vec<u8>,
    state: String,
    state_at: Option<i64>,
    expires_at: Option<i64>,
    /// A JSON list.
    domains: String,
}

/// The licenses of keys and their domains, by digest, in one statement: what a
/// verification costs that finds nothing in memory is the way to the database and back.
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
    let found = LicenseDomainsRow::find_by_statement(statement).all(db).await?;
    let known = |found: LicenseDomainsRow| {
        let digest = found.key_digest.as_slice().try_into();
        let digest = digest.map_err(|_| Error::Internal(format!("digest of license {}", found.id)))?;
        Ok((digest, to_snapshot(&found)))
    };
    found.into_iter().map(known).collect()
}

fn to_snapshot(found: &LicenseDomainsRow) -> Result<LicenseSnapshot> {
    let mut domains: Vec<String> = serde_json::from_str(&found.domains)
        .map_err(|e| Error::Internal(format!("domains of license {}: {e}", found.id)))?;
    domains.sort_unstable();
    let seats = || domains.iter().map(|domain| DomainEntry::new(domain)).collect::<DomainEntries>();
    let seats = (domains.len() <= MAX_CACHED_DOMAINS).then(seats);
    // Since when and why it was suspended is nothing to an app.
    let state = State::from_storage(&found.state, convert::to_timestamp(found.state_at), None)
        .map_err(|e| Error::Internal(format!("license {}: {e}", found.id)))?;
    let (license, account) = (LicenseId(found.id), AccountId(found.account_id));
    let decided = Standing::from_state(&state);
    Ok(LicenseSnapshot::new(license, account, decided, convert::to_timestamp(found.expires_at), seats))
}
