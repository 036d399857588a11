//! Looks up licenses by their key, and their activations by domain.

use domain::activation::Kind;
use domain::license::{Standing, State};
use domain::{AccountId, DomainName, LicenseId, LicenseKey, SlotScope};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseBackend, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Statement,
};
use uuid::Uuid;

use crate::cache::{DomainEntries, DomainEntry, LicenseSnapshot};
use crate::secrets::{KeyDigests, Keyring};
use crate::store::entity::{activations, licenses, products};
use crate::store::row_values::{self, ColumnType as BulkKind, Columns, RowValues};
use crate::store::{WriteTxn, convert};
use crate::{Error, Result};

/// The column that license keys are looked up by.
pub(crate) const KEY_DIGEST_COLUMN: Columns = &[("key_digest", BulkKind::Bytes)];

/// Precedes the name of a domain that takes no slot. No domain contains it.
const NO_SLOT: char = '*';

/// Maximum number of domains in a snapshot. Licenses with more domains are queried per domain.
const MAX_CACHED_DOMAINS: usize = 256;

/// Maximum number of licenses that the end of their keys is looked up by. Random keys rarely have the same end.
const MAX_LICENSES_OF_END: u64 = 100;

/// Returns the digests that a key is looked up by. `None` if the text cannot be a license key.
pub fn digests(keys: &Keyring, key: &LicenseKey) -> Option<KeyDigests> {
    key.is_plausible().then(|| keys.license_key_digests(key.expose().as_bytes()))
}

/// Restricts licenses to those of a key.
pub fn has_key(digests: &KeyDigests) -> Expr {
    licenses::Column::KeyDigest.is_in(digests.iter().map(|digest| digest.to_vec()))
}

/// Finds the license of a key.
pub async fn find_by_digests(
    db: &impl ConnectionTrait,
    digests: &KeyDigests,
) -> Result<Option<licenses::Model>> {
    Ok(licenses::Entity::find().filter(has_key(digests)).one(db).await?)
}

/// Finds licenses of an account by the last four characters of their keys. `None` if they are more than
/// `MAX_LICENSES_OF_END`.
pub async fn find_by_key_ends(
    db: &impl ConnectionTrait,
    account: AccountId,
    ends: &[String],
) -> Result<Option<Vec<Uuid>>> {
    let found: Vec<Uuid> = licenses::Entity::find()
        .select_only()
        .column(licenses::Column::Id)
        .filter(licenses::Column::AccountId.eq(account.0))
        .filter(licenses::Column::LastFour.is_in(ends.iter().cloned()))
        // The order of the index on the last four characters.
        .order_by_asc(licenses::Column::LastFour)
        .order_by_asc(licenses::Column::Id)
        .limit(MAX_LICENSES_OF_END + 1)
        .into_tuple()
        .all(db)
        .await?;
    let are_few = u64::try_from(found.len()).is_ok_and(|count| count <= MAX_LICENSES_OF_END);
    Ok(are_few.then_some(found))
}

/// Finds and locks the license of a key until the transaction ends.
pub async fn lock_by_digests(txn: &WriteTxn, digests: &KeyDigests) -> Result<Option<licenses::Model>> {
    let mut find = licenses::Entity::find().filter(has_key(digests));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    Ok(find.one(txn.conn()).await?)
}

/// Finds the activation of a license on a domain, or on another domain whose slot covers it.
pub async fn find_on_domain(
    db: &impl ConnectionTrait,
    license: LicenseId,
    scope: SlotScope,
    domain: &DomainName,
) -> Result<Option<activations::Model>> {
    let find = || {
        activations::Entity::find()
            .filter(activations::Column::LicenseId.eq(license.0))
            .filter(activations::Column::Kind.eq(Kind::Domain.as_str()))
    };
    let subject = |name: &str| find().filter(activations::Column::Subject.eq(name));
    let exact = subject(domain.as_str()).one(db).await?;
    if exact.is_some() || scope == SlotScope::Host {
        return Ok(exact);
    }
    let slot = scope.slot_of(domain.as_str());
    let takes_slot = activations::Column::TakesSlot.eq(true);
    let named = subject(slot).filter(takes_slot.clone()).filter(activations::Column::Slot.is_null());
    if let Some(named) = named.one(db).await? {
        return Ok(Some(named));
    }
    let shared = find().filter(activations::Column::Slot.eq(slot)).filter(takes_slot);
    Ok(shared.one(db).await?)
}

/// Returns the hosts that share a slot of a license.
pub async fn slot_scope(db: &impl ConnectionTrait, license: &licenses::Model) -> Result<SlotScope> {
    let word: Option<String> = products::Entity::find_by_id(license.product_id)
        .select_only()
        .column(products::Column::SlotScope)
        .into_tuple()
        .one(db)
        .await?;
    Ok(word.map_or_else(SlotScope::default, |word| convert::to_slot_scope(&word)))
}

/// Returns whether a committed activation of the license on the domain exists. Boxed because this
/// rare path would otherwise set the size of every request's future.
pub async fn is_active_on(
    db: &impl ConnectionTrait,
    license: LicenseId,
    scope: SlotScope,
    domain: &DomainName,
) -> Result<bool> {
    Ok(Box::pin(find_on_domain(db, license, scope, domain)).await?.is_some())
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
    /// From the product, like `apps_stopped`.
    slot_scope: String,
    apps_stopped: bool,
    /// A JSON array of domain names. Names of domains that take no slot begin with [`NO_SLOT`].
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
        DatabaseBackend::Sqlite => "json_group_array(a.name)",
        _ => "COALESCE(json_agg(a.name), '[]')::text",
    };
    let sql = format!(
        "SELECT l.id, l.account_id, l.key_digest, l.state, l.state_at, l.expires_at, \
         (SELECT slot_scope FROM products WHERE id = l.product_id) AS slot_scope, \
         (SELECT apps_stopped FROM products WHERE id = l.product_id) AS apps_stopped, \
         (SELECT {list} FROM (SELECT CASE WHEN takes_slot THEN subject ELSE '{NO_SLOT}' || subject END AS name \
         FROM activations WHERE license_id = l.id AND kind = '{}' LIMIT {}) a) AS domains \
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

/// Returns the domain of a name in [`LicenseDomainsRow::domains`], and whether it takes a slot.
fn parse_domain(name: &str) -> (&str, bool) {
    name.strip_prefix(NO_SLOT).map_or((name, true), |domain| (domain, false))
}

fn to_snapshot(row: &LicenseDomainsRow) -> Result<LicenseSnapshot> {
    let mut domains: Vec<String> = serde_json::from_str(&row.domains)
        .map_err(|e| Error::Internal(format!("domains of license {}: {e}", row.id)))?;
    domains.sort_unstable_by(|a, b| parse_domain(a).cmp(&parse_domain(b)));
    let to_entry = |name: &String| {
        let (domain, takes_slot) = parse_domain(name);
        DomainEntry::new(domain, takes_slot)
    };
    let entries = || domains.iter().map(to_entry).collect::<DomainEntries>();
    let entries = (domains.len() <= MAX_CACHED_DOMAINS).then(entries);
    // Apps do not see the time and reason of a suspension.
    let state = State::from_storage(&row.state, convert::to_timestamp(row.state_at), None)
        .map_err(|e| Error::Internal(format!("license {}: {e}", row.id)))?;
    let (license, account) = (LicenseId(row.id), AccountId(row.account_id));
    let standing = Standing::from_state(&convert::state_for_apps(state, row.apps_stopped));
    let (expires_at, scope) =
        (convert::to_timestamp(row.expires_at), convert::to_slot_scope(&row.slot_scope));
    Ok(LicenseSnapshot::new(license, account, standing, expires_at, scope, entries))
}
