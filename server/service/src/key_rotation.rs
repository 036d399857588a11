//! Rotation of the master key, while servers run.
//!
//! The next key is stored in the database, sealed by the present one, so that every node opens it.
//! From then on nodes seal with the next key, open values of both, and look license keys up by both
//! digests. The rotation re-seals all rows in batches. A rotation that was interrupted continues with
//! the same key: rows that are re-sealed already are skipped.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Statement,
};
use uuid::Uuid;

use crate::secrets::{MasterKey, Purpose};
use crate::store::WriteTxn;
use crate::store::bulk_write::BulkWrite;
use crate::store::entity::{instance, licenses};
use crate::store::row_values::{ColumnType, Columns, row};
use crate::{Error, Result, Service};

/// Interval at which nodes look for a rotation.
pub const REFRESH_INTERVAL: Duration = Duration::from_secs(1);
/// Rows in one transaction, so that activations do not wait long.
const ROWS_PER_TXN: u64 = 200;
/// Chunks of imports in one transaction: each has about 100 KiB.
const CHUNKS_PER_TXN: u64 = 10;
/// Deliveries of webhooks in one transaction: some have several 100 KiB.
const DELIVERIES_PER_TXN: u64 = 50;

const LICENSE_COLUMNS: Columns =
    &[("license_id", ColumnType::Uuid), ("key_digest", ColumnType::Bytes), ("key_sealed", ColumnType::Bytes)];

/// Begins a rotation to `proposed`, or continues the running one. Returns the next master key.
/// [`reseal`] may follow after twice [`REFRESH_INTERVAL`], when every node has the key.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn begin(service: &Service, proposed: MasterKey) -> Result<MasterKey> {
    let txn = service.begin_write().await?;
    let row = lock_instance(&txn).await?;
    // Another process may have finished a rotation since this one opened the database.
    service
        .keys
        .open(Purpose::KeyCheck, row.instance_id, &row.key_check)
        .map_err(|_| Error::wrong_master_key())?;
    let next = if let Some(sealed) = &row.next_key_sealed {
        service.keys.open_next_key(row.instance_id, sealed)?
    } else {
        let sealed = service.keys.seal(Purpose::NextMasterKey, row.instance_id, proposed.expose())?;
        instance::Entity::update_many()
            .col_expr(instance::Column::NextKeySealed, Expr::value(sealed))
            .filter(instance::Column::Id.eq(row.id))
            .exec(txn.conn())
            .await?;
        proposed
    };
    txn.commit().await?;
    if !service.keys.is_rotating() {
        service.keys.begin_rotation(&next);
    }
    Ok(next)
}

/// Applies a rotation that another process began or finished. For a background worker.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn refresh(service: &Service) -> Result<()> {
    let Some(row) = instance::Entity::find_by_id(1).one(service.store.read()).await? else {
        return Ok(());
    };
    match (&row.next_key_sealed, service.keys.is_rotating()) {
        (Some(sealed), false) => {
            let next = service.keys.open_next_key(row.instance_id, sealed)?;
            service.keys.begin_rotation(&next);
            tracing::info!("rotation of the master key began; this node has both keys");
        }
        (None, true) if service.keys.is_resealed(Purpose::KeyCheck, row.instance_id, &row.key_check) => {
            service.keys.end_rotation();
            tracing::info!("rotation of the master key ended; the former key opens nothing any more");
        }
        _ => {}
    }
    Ok(())
}

/// Seals all rows with the next key. `progress` gets the number of rows that are done. Returns the number of
/// rows that were sealed with the present key. If it is not 0, the caller must call again, because a node may
/// have written a row meanwhile.
///
/// # Errors
/// Returns an error if the database fails, or if a row opens with neither key; then call it again.
pub async fn reseal(service: &Service, mut progress: impl FnMut(u64)) -> Result<u64> {
    let (mut done, mut changed) = (0, 0);
    for table in Table::ALL {
        let mut after = Uuid::nil();
        loop {
            let mut txn = service.begin_write().await?;
            let batch = match table {
                Table::Licenses => reseal_licenses(service, &mut txn, after).await?,
                Table::SigningKeys => SIGNING_KEYS.reseal(service, &txn, after).await?,
                Table::ImportChunks => IMPORT_CHUNKS.reseal(service, &txn, after).await?,
                Table::Users => TOTP_SECRETS.reseal(service, &txn, after).await?,
                Table::Mails => MAIL_BODIES.reseal(service, &txn, after).await?,
                Table::Webhooks => WEBHOOK_SECRETS.reseal(service, &txn, after).await?,
                Table::PreviousSecrets => PREVIOUS_SECRETS.reseal(service, &txn, after).await?,
                Table::Deliveries => WEBHOOK_BODIES.reseal(service, &txn, after).await?,
                Table::Attempts => WEBHOOK_ANSWERS.reseal(service, &txn, after).await?,
                Table::ShopConnections => SHOP_SECRETS.reseal(service, &txn, after).await?,
                Table::FormerShopSecrets => FORMER_SHOP_SECRETS.reseal(service, &txn, after).await?,
                Table::ShopEvents => SHOP_PAYLOADS.reseal(service, &txn, after).await?,
                Table::IdempotentRequests => IDEMPOTENT_ANSWERS.reseal(service, &txn, after).await?,
                Table::AcmeAccounts => ACME_ACCOUNTS.reseal(service, &txn, after).await?,
                Table::AcmeCertificates => CERTIFICATE_KEYS.reseal(service, &txn, after).await?,
                Table::AcmeChallenges => ACME_CHALLENGES.reseal(service, &txn, after).await?,
            };
            txn.commit().await?;
            (done, changed) = (done + batch.read, changed + batch.changed);
            progress(done);
            match batch.last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    Ok(changed)
}

/// What a transaction did.
struct ResealedBatch {
    /// The last row's id; `None` after the last row of the table.
    last: Option<Uuid>,
    read: u64,
    changed: u64,
}

/// The tables with sealed values.
#[derive(Clone, Copy)]
enum Table {
    Licenses,
    SigningKeys,
    ImportChunks,
    Users,
    Mails,
    IdempotentRequests,
    Webhooks,
    /// The former secrets of webhooks.
    PreviousSecrets,
    Deliveries,
    Attempts,
    ShopConnections,
    /// The former secrets of shops.
    FormerShopSecrets,
    ShopEvents,
    AcmeAccounts,
    AcmeCertificates,
    AcmeChallenges,
}

impl Table {
    const ALL: [Self; 16] = [
        Self::Licenses,
        Self::SigningKeys,
        Self::ImportChunks,
        Self::Users,
        Self::Mails,
        Self::IdempotentRequests,
        Self::Webhooks,
        Self::PreviousSecrets,
        Self::Deliveries,
        Self::Attempts,
        Self::ShopConnections,
        Self::FormerShopSecrets,
        Self::ShopEvents,
        Self::AcmeAccounts,
        Self::AcmeCertificates,
        Self::AcmeChallenges,
    ];
}

/// Ends the rotation: from now on, the next key is the master key of this database.
///
/// # Errors
/// Returns an error if the database fails, or if a row is not re-sealed.
pub async fn finish(service: &Service) -> Result<()> {
    if !service.keys.is_rotating() {
        return Err(Error::Conflict("No rotation of the master key is running.".into()));
    }
    let txn = service.begin_write().await?;
    let row = lock_instance(&txn).await?;
    let check = service.keys.seal(Purpose::KeyCheck, row.instance_id, b"countersign")?;
    instance::Entity::update_many()
        .col_expr(instance::Column::KeyCheck, Expr::value(check))
        .col_expr(
            instance::Column::TokenKeySealed,
            Expr::value(service.keys.seal_token_key(row.instance_id)?),
        )
        .col_expr(instance::Column::NextKeySealed, Expr::value(None::<Vec<u8>>))
        .filter(instance::Column::Id.eq(row.id))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    service.keys.end_rotation();
    Ok(())
}

/// Re-seals the licenses that follow `after`.
async fn reseal_licenses(service: &Service, txn: &mut WriteTxn, after: Uuid) -> Result<ResealedBatch> {
    let mut find = licenses::Entity::find()
        .select_only()
        .columns([licenses::Column::Id, licenses::Column::KeySealed])
        .filter(licenses::Column::Id.gt(after))
        .order_by_asc(licenses::Column::Id)
        .limit(ROWS_PER_TXN);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let found: Vec<(Uuid, Vec<u8>)> = find.into_tuple().all(txn.conn()).await?;
    let mut rows = Vec::new();
    for (id, sealed) in &found {
        if !service.keys.is_resealed(Purpose::LicenseKey, *id, sealed) {
            let key = service.keys.open_license_key(*id, sealed)?;
            let digest = service.keys.digest(Purpose::LicenseKey, key.lookup().expose().as_bytes());
            let sealed = service.keys.seal(Purpose::LicenseKey, *id, key.expose().as_bytes())?;
            rows.push(row![*id, digest.to_vec(), sealed]);
        }
    }
    let changed = rows.len() as u64;
    txn.defer_write(BulkWrite::new(LICENSE_COLUMNS, rows, |from| {
        format!(
            "UPDATE licenses SET key_digest = v.key_digest, key_sealed = v.key_sealed FROM {from} \
             WHERE licenses.id = v.license_id"
        )
    }));
    Ok(ResealedBatch { last: found.last().map(|(id, _)| *id), read: found.len() as u64, changed })
}

/// A table whose rows have one sealed value, by which they are not looked up.
struct SealedColumn {
    table: &'static str,
    column: &'static str,
    purpose: Purpose,
    rows_per_txn: u64,
}

const SIGNING_KEYS: SealedColumn = SealedColumn {
    table: "signing_keys",
    column: "private_key_sealed",
    purpose: Purpose::SigningKey,
    rows_per_txn: ROWS_PER_TXN,
};
const IMPORT_CHUNKS: SealedColumn = SealedColumn {
    table: "license_import_chunks",
    column: "sealed",
    purpose: Purpose::ImportedRows,
    rows_per_txn: CHUNKS_PER_TXN,
};

const TOTP_SECRETS: SealedColumn = SealedColumn {
    table: "users",
    column: "totp_secret_sealed",
    purpose: Purpose::TotpSecret,
    rows_per_txn: ROWS_PER_TXN,
};

const MAIL_BODIES: SealedColumn = SealedColumn {
    table: "mails",
    column: "body_sealed",
    purpose: Purpose::MailBody,
    rows_per_txn: ROWS_PER_TXN,
};

const IDEMPOTENT_ANSWERS: SealedColumn = SealedColumn {
    table: "idempotent_requests",
    column: "answer_sealed",
    purpose: Purpose::IdempotentRequest,
    rows_per_txn: ROWS_PER_TXN,
};

const WEBHOOK_SECRETS: SealedColumn = SealedColumn {
    table: "webhooks",
    column: "secret_sealed",
    purpose: Purpose::WebhookSecret,
    rows_per_txn: ROWS_PER_TXN,
};

const PREVIOUS_SECRETS: SealedColumn = SealedColumn {
    table: "webhooks",
    column: "previous_secret_sealed",
    purpose: Purpose::WebhookPreviousSecret,
    rows_per_txn: ROWS_PER_TXN,
};

const WEBHOOK_BODIES: SealedColumn = SealedColumn {
    table: "webhook_deliveries",
    column: "body_sealed",
    purpose: Purpose::WebhookBody,
    rows_per_txn: DELIVERIES_PER_TXN,
};

const WEBHOOK_ANSWERS: SealedColumn = SealedColumn {
    table: "webhook_attempts",
    column: "answer_sealed",
    purpose: Purpose::WebhookAnswer,
    rows_per_txn: ROWS_PER_TXN,
};

const SHOP_SECRETS: SealedColumn = SealedColumn {
    table: "shop_connections",
    column: "secret_sealed",
    purpose: Purpose::ShopSecret,
    rows_per_txn: ROWS_PER_TXN,
};

const FORMER_SHOP_SECRETS: SealedColumn = SealedColumn {
    table: "shop_connections",
    column: "former_secret_sealed",
    purpose: Purpose::ShopFormerSecret,
    rows_per_txn: ROWS_PER_TXN,
};

const SHOP_PAYLOADS: SealedColumn = SealedColumn {
    table: "shop_events",
    column: "payload_sealed",
    purpose: Purpose::ShopPayload,
    rows_per_txn: DELIVERIES_PER_TXN,
};

const ACME_ACCOUNTS: SealedColumn = SealedColumn {
    table: "acme_accounts",
    column: "credentials_sealed",
    purpose: Purpose::AcmeAccount,
    rows_per_txn: ROWS_PER_TXN,
};

const CERTIFICATE_KEYS: SealedColumn = SealedColumn {
    table: "acme_certificates",
    column: "key_sealed",
    purpose: Purpose::CertificateKey,
    rows_per_txn: ROWS_PER_TXN,
};

const ACME_CHALLENGES: SealedColumn = SealedColumn {
    table: "acme_challenges",
    column: "answer_sealed",
    purpose: Purpose::AcmeChallenge,
    rows_per_txn: ROWS_PER_TXN,
};

#[derive(FromQueryResult)]
struct SealedRow {
    id: Uuid,
    sealed: Vec<u8>,
}

impl SealedColumn {
    /// Re-seals the rows that follow `after`.
    async fn reseal(&self, service: &Service, txn: &WriteTxn, after: Uuid) -> Result<ResealedBatch> {
        let Self { table, column, purpose, rows_per_txn } = *self;
        let backend = service.store.backend();
        let lock = if txn.needs_row_locks() { "FOR UPDATE" } else { "" };
        let find = format!(
            "SELECT id, {column} AS sealed FROM {table} WHERE id > $1 AND {column} IS NOT NULL \
             ORDER BY id LIMIT {rows_per_txn} {lock}"
        );
        let find = Statement::from_sql_and_values(backend, find, [after.into()]);
        let found = SealedRow::find_by_statement(find).all(txn.conn()).await?;
        let update = format!("UPDATE {table} SET {column} = $1 WHERE id = $2");
        let mut changed = 0;
        for row in &found {
            if service.keys.is_resealed(purpose, row.id, &row.sealed) {
                continue;
            }
            let value = service.keys.open(purpose, row.id, &row.sealed)?;
            let sealed = service.keys.seal(purpose, row.id, &value)?;
            let values = [sealed.into(), row.id.into()];
            txn.conn().execute_raw(Statement::from_sql_and_values(backend, &update, values)).await?;
            changed += 1;
        }
        Ok(ResealedBatch { last: found.last().map(|row| row.id), read: found.len() as u64, changed })
    }
}

async fn lock_instance(txn: &WriteTxn) -> Result<instance::Model> {
    let mut find = instance::Entity::find_by_id(1);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    find.one(txn.conn()).await?.ok_or_else(|| Error::Internal("the database has no instance".into()))
}
