//! Products' token signing keys: RS256 (RFC 7518, 3.3), 2048 bits, one key each.
//!
//! A key is made in the background after its product, or when a first token is
//! wanted. The private half is sealed; parsed keys are kept in memory, since
//! parsing costs as much as signing. Making and signing run off the async threads.

mod jwk;
mod key;
mod pool;
mod rotate;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{ProductId, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use serde::Serialize;

use crate::error::is_duplicate;
use crate::secrets::Purpose;
use crate::store::WriteTxn;
use crate::store::entity::{products, signing_keys};
use crate::{Error, Result, Service, new_id};
pub use jwk::{PublicKey, public_keys};
use key::SigningKey;
pub(crate) use pool::wait_for_capacity;
pub use rotate::{keys, retire, rotate};

/// How long a node signs with a key that another node may have rotated, in
/// milliseconds. The old key verifies all the same.
const CACHE_TTL_MS: i64 = 60_000;
/// Bytes that claims mostly have, at most.
const TYPICAL_CLAIMS_BYTES: usize = 1024;
/// Products whose keys are made in one go.
const MAX_KEYS_PER_RUN: u64 = 20;

/// Parsed keys, by product, with the time they were read.
#[derive(Default)]
pub(crate) struct SigningKeyCache {
    parsed: Mutex<HashMap<ProductId, (Timestamp, Arc<SigningKey>)>>,
    /// Held while one is read or made: all who want the first token of a product at once
    /// would make a key each, and that is a tenth of a second of work.
    loading: tokio::sync::Mutex<()>,
}

impl SigningKeyCache {
    fn get(&self, product: ProductId, now: Timestamp) -> Option<Arc<SigningKey>> {
        let keys = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, key) = keys.get(&product)?;
        (now.millis() - read_at.millis() < CACHE_TTL_MS).then(|| Arc::clone(key))
    }

    fn insert_key(&self, product: ProductId, now: Timestamp, key: &Arc<SigningKey>) {
        let mut keys = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(product, (now, Arc::clone(key)));
    }

    fn invalidate(&self, product: ProductId) {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner).remove(&product);
    }
}

/// Signs claims with the product's key: a JWT in compact form.
///
/// # Errors
/// When the key can't be read or made, or the claims are no JSON.
pub(crate) async fn sign(service: &Service, product: ProductId, claims: &impl Serialize) -> Result<String> {
    let mut text = Vec::with_capacity(TYPICAL_CLAIMS_BYTES);
    serde_json::to_writer(&mut text, claims).map_err(|e| Error::Internal(format!("claims: {e}")))?;
    let key = active_key(service, product).await?;
    pool::run(move || key.jwt(&text)).await?
}

/// Makes the keys of products that have none. For a worker.
///
/// # Errors
/// Those of the database.
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

/// The key a product signs with; made now where there is none.
async fn active_key(service: &Service, product: ProductId) -> Result<Arc<SigningKey>> {
    let now = service.now();
    if let Some(key) = service.signing_keys.get(product, now) {
        return Ok(key);
    }
    // Boxed: else each signature is as large as what the first one needs.
    Box::pin(load_or_generate(service, product, now)).await
}

async fn load_or_generate(service: &Service, product: ProductId, now: Timestamp) -> Result<Arc<SigningKey>> {
    let _making = service.signing_keys.loading.lock().await;
    if let Some(key) = service.signing_keys.get(product, now) {
        return Ok(key);
    }
    let row = match find_active(service, product).await? {
        Some(row) => row,
        None => generate_and_store(service, product).await?,
    };
    let opened = service.keys.open(Purpose::SigningKey, row.id, &row.private_key_sealed)?;
    let key = pool::run(move || SigningKey::parse(&row.kid, &opened)).await??;
    let key = Arc::new(key);
    service.signing_keys.insert_key(product, now, &key);
    Ok(key)
}

async fn find_active(service: &Service, product: ProductId) -> Result<Option<signing_keys::Model>> {
    let find = signing_keys::Entity::find()
        .filter(signing_keys::Column::ProductId.eq(product.0))
        .filter(signing_keys::Column::RotatedAt.is_null());
    Ok(find.one(service.store.read()).await?)
}

async fn generate_and_store(service: &Service, product: ProductId) -> Result<signing_keys::Model> {
    let made = generate_off_thread().await?;
    let txn = service.begin_write().await?;
    let owner = products::Entity::find_by_id(product.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    match insert(service, &txn, &owner, made).await {
        Ok(row) => {
            txn.commit().await?;
            Ok(row)
        }
        // Another request or node was faster; its key is the one.
        Err(Error::Database(e)) if is_duplicate(&e) => {
            drop(txn);
            find_active(service, product)
                .await?
                .ok_or_else(|| Error::Internal("a signing key vanished".into()))
        }
        Err(e) => Err(e),
    }
}

/// Inserts the key a product signs with.
async fn insert(
    service: &Service,
    txn: &WriteTxn,
    owner: &products::Model,
    made: key::GeneratedKey,
) -> Result<signing_keys::Model> {
    let id = new_id();
    let row = signing_keys::ActiveModel {
        id: Set(id),
        account_id: Set(owner.account_id),
        product_id: Set(owner.id),
        kid: Set(made.kid),
        algorithm: Set("RS256".to_owned()),
        public_key: Set(made.public),
        private_key_sealed: Set(service.keys.seal(Purpose::SigningKey, id, &made.private)?),
        created_at: Set(txn.now().millis()),
        retired_at: Set(None),
        rotated_at: Set(None),
    };
    Ok(row.insert(txn.conn()).await?)
}

/// Makes a key, on a thread of its own: signatures must not wait for that.
async fn generate_off_thread() -> Result<key::GeneratedKey> {
    tokio::task::spawn_blocking(key::generate).await.map_err(|e| Error::Internal(format!("signing: {e}")))?
}
