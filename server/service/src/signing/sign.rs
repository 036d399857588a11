//! Signing of claims with the product's key: RS256 (RFC 7518, section 3.3).

use std::sync::Arc;

use domain::{ProductId, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use serde::Serialize;

use super::key::{GeneratedKey, SigningKey, TokenKind};
use super::pool;
use crate::error::is_duplicate;
use crate::secrets::Purpose;
use crate::store::WriteTxn;
use crate::store::entity::{products, signing_keys};
use crate::{Error, Result, Service, new_id};

/// Initial buffer capacity for claims in bytes.
const TYPICAL_CLAIMS_BYTES: usize = 1024;
/// Maximum number of keys that one run of the worker generates.
const MAX_KEYS_PER_RUN: u64 = 20;

/// Signs claims with the product's key: a JWT in compact form.
///
/// # Errors
/// Returns [`Error`] if the key cannot be loaded or generated, or if the claims do not serialize.
pub(crate) async fn sign(
    service: &Service,
    product: ProductId,
    kind: TokenKind,
    claims: &impl Serialize,
) -> Result<String> {
    let mut text = Vec::with_capacity(TYPICAL_CLAIMS_BYTES);
    serde_json::to_writer(&mut text, claims).map_err(|e| Error::Internal(format!("claims: {e}")))?;
    let key = active_key(service, product).await?;
    pool::run(move || key.jwt(kind, &text)).await?
}

/// Generates the keys of products that have none. For a background worker.
///
/// # Errors
/// Returns [`Error`] if the database fails.
pub async fn generate_missing_keys(service: &Service) -> Result<()> {
    let with_key = sea_orm::sea_query::Query::select()
        .column(signing_keys::Column::ProductId)
        .from(signing_keys::Entity)
        .to_owned();
    let missing = products::Entity::find()
        .filter(products::Column::Id.not_in_subquery(with_key))
        .limit(MAX_KEYS_PER_RUN)
        .all(service.store.read())
        .await?;
    for product in missing {
        active_key(service, ProductId(product.id)).await?;
    }
    Ok(())
}

/// Returns the key that a product signs with. Generates it if the product has none.
pub(super) async fn active_key(service: &Service, product: ProductId) -> Result<Arc<SigningKey>> {
    let now = service.now();
    if let Some(key) = service.signing_keys.get(product, now) {
        return Ok(key);
    }
    // Boxed because this rare path would otherwise set the size of every request's future.
    Box::pin(load_or_generate(service, product, now)).await
}

async fn load_or_generate(service: &Service, product: ProductId, now: Timestamp) -> Result<Arc<SigningKey>> {
    let _making = service.signing_keys.loading.lock().await;
    if let Some(key) = service.signing_keys.get(product, now) {
        return Ok(key);
    }
    let row = if let Some(row) = find_active(service, product).await? {
        row
    } else {
        let row = generate_and_store(service, product).await?;
        service.signing_keys.invalidate_public_keys();
        row
    };
    let opened = service.keys.open(Purpose::SigningKey, row.id, &row.private_key_sealed)?;
    let key = pool::run(move || SigningKey::parse(&row.kid, &opened)).await??;
    let key = Arc::new(key);
    service.signing_keys.insert(product, now, &key);
    Ok(key)
}

pub(super) async fn find_active(
    service: &Service,
    product: ProductId,
) -> Result<Option<signing_keys::Model>> {
    let find = signing_keys::Entity::find()
        .filter(signing_keys::Column::ProductId.eq(product.0))
        .filter(signing_keys::Column::RotatedAt.is_null());
    Ok(find.one(service.store.read()).await?)
}

async fn generate_and_store(service: &Service, product: ProductId) -> Result<signing_keys::Model> {
    let key = generate_off_thread().await?;
    let txn = service.begin_write().await?;
    let owner = products::Entity::find_by_id(product.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    match insert_key(service, &txn, &owner, key).await {
        Ok(row) => {
            txn.commit().await?;
            Ok(row)
        }
        // Another request or node inserted its key first; use that key.
        Err(Error::Database(e)) if is_duplicate(&e) => {
            drop(txn);
            find_active(service, product)
                .await?
                .ok_or_else(|| Error::Internal("signing key not found after a duplicate insert".into()))
        }
        Err(e) => Err(e),
    }
}

/// Seals and inserts the generated key.
pub(super) async fn insert_key(
    service: &Service,
    txn: &WriteTxn,
    owner: &products::Model,
    key: GeneratedKey,
) -> Result<signing_keys::Model> {
    let id = new_id();
    let row = signing_keys::ActiveModel {
        id: Set(id),
        account_id: Set(owner.account_id),
        product_id: Set(owner.id),
        kid: Set(key.kid),
        algorithm: Set("RS256".to_owned()),
        public_key: Set(key.public),
        private_key_sealed: Set(service.keys.seal(Purpose::SigningKey, id, &key.private)?),
        created_at: Set(txn.now().millis()),
        retired_at: Set(None),
        rotated_at: Set(None),
    };
    Ok(row.insert(txn.conn()).await?)
}

/// Generates a key on a blocking thread, so that signatures do not wait for it.
pub(super) async fn generate_off_thread() -> Result<GeneratedKey> {
    tokio::task::spawn_blocking(super::key::generate)
        .await
        .map_err(|e| Error::Internal(format!("signing: {e}")))?
}
