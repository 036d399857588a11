//! Products' token signing keys: RS256 (RFC 7518, 3.3), 2048 bits, one key each.
//!
//! A key is made in the background after its product, or when a first token is
//! wanted. The private half is sealed; parsed keys are kept in memory, since
//! parsing costs as much as signing. Making and signing run off the async threads.

mod key;
mod pool;
mod public;
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
use key::SigningKey;
pub(crate) use pool::has_room;
pub use public::{PublicKey, public_keys};
pub use rotate::{keys, retire, rotate};

/// How long a node signs with a key that another node may have rotated, in
/// milliseconds. The old key verifies all the same.
const KEPT_MS: i64 = 60_000;
/// Bytes that claims mostly have, at most.
const CLAIMS: usize = 1024;
/// Products whose keys are made in one go.
const BATCH: u64 = 20;

/// Parsed keys, by product, with the time they were read.
#[derive(Default)]
pub(crate) struct Keys {
    parsed: Mutex<HashMap<ProductId, (Timestamp, Arc<SigningKey>)>>,
    /// Held while one is read or made: all who want the first token of a product at once
    /// would make a key each, and that is a tenth of a second of work.
    making: tokio::sync::Mutex<()>,
}

impl Keys {
    fn get(&self, product: ProductId, now: Timestamp) -> Option<Arc<SigningKey>> {
        let keys = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, key) = keys.get(&product)?;
        (now.millis() - read_at.millis() < KEPT_MS).then(|| Arc::clone(key))
    }

    fn put(&self, product: ProductId, now: Timestamp, key: &Arc<SigningKey>) {
        let mut keys = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(product, (now, Arc::clone(key)));
    }

    fn forget(&self, product: ProductId) {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner).remove(&product);
    }
}

/// Signs claims with the product's key: a JWT in compact form.
///
/// # Errors
/// When the key can't be read or made, or the claims are no JSON.
pub(crate) async fn sign(service: &Service, product: ProductId, claims: &impl Serialize) -> Result<String> {
    let mut text = Vec::with_capacity(CLAIMS);
    serde_json::to_writer(&mut text, claims).map_err(|e| Error::Internal(format!("claims: {e}")))?;
    let key = active(service, product).await?;
    pool::run(move || key.jwt(&text)).await?
}

/// Makes the keys of products that have none. For a worker.
///
/// # Errors
/// Those of the database.
pub async fn make_missing(service: &Service) -> Result<()> {
    let with_key = sea_orm::sea_query::Query::select()
        .column(signing_keys::Column::ProductId)
        .from(signing_keys::Entity)
        .to_owned();
    let missing = products::Entity::find()
        .filter(products::Column::Id.not_in_subquery(with_key))
        .limit(BATCH)
        .all(service.store.read())
        .await?;
    for product in missing {
        active(service, ProductId(product.id)).await?;
    }
    Ok(())
}

/// The key a product signs with; made now where there is none.
async fn active(service: &Service, product: ProductId) -> Result<Arc<SigningKey>> {
    let now = service.now();
    if let Some(key) = service.signing.get(product, now) {
        return Ok(key);
    }
    // Boxed: else each signature is as large as what the first one needs.
    Box::pin(open_or_make(service, product, now)).await
}

async fn open_or_make(service: &Service, product: ProductId, now: Timestamp) -> Result<Arc<SigningKey>> {
    let _making = service.signing.making.lock().await;
    if let Some(key) = service.signing.get(product, now) {
        return Ok(key);
    }
    let row = match find(service, product).await? {
        Some(row) => row,
        None => make(service, product).await?,
    };
    let opened = service.keys.open(Purpose::SigningKey, row.id, &row.private_key_sealed)?;
    let key = pool::run(move || SigningKey::parse(&row.kid, &opened)).await??;
    let key = Arc::new(key);
    service.signing.put(product, now, &key);
    Ok(key)
}

async fn find(service: &Service, product: ProductId) -> Result<Option<signing_keys::Model>> {
    let find = signing_keys::Entity::find()
        .filter(signing_keys::Column::ProductId.eq(product.0))
        .filter(signing_keys::Column::RotatedAt.is_null());
    Ok(find.one(service.store.read()).await?)
}

async fn make(service: &Service, product: ProductId) -> Result<signing_keys::Model> {
    let made = generate().await?;
    let txn = service.write().await?;
    let owner = products::Entity::find_by_id(product.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    match insert(service, &txn, &owner, made).await {
        Ok(row) => {
            txn.commit().await?;
            Ok(row)
        }
        // Another request or node was faster; its key is the one.
        Err(Error::Database(e)) if is_duplicate(&e) => {
            drop(txn);
            find(service, product).await?.ok_or_else(|| Error::Internal("a signing key vanished".into()))
        }
        Err(e) => Err(e),
    }
}

/// Inserts the key a product signs with.
async fn insert(
    service: &Service,
    txn: &WriteTxn,
    owner: &products::Model,
    made: key::Made,
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
async fn generate() -> Result<key::Made> {
    tokio::task::spawn_blocking(key::generate).await.map_err(|e| Error::Internal(format!("signing: {e}")))?
}
