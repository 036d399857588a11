//! What groups read again and again: products are few, and a customer's machines come
//! together.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::Timestamp;
use quick_cache::unsync::Cache;
use sea_orm::{ConnectionTrait as _, EntityTrait, QueryFilter as _};
use uuid::Uuid;

use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::{customers, products};
use crate::store::row_values::{self, ColumnType, row};

/// Rows of each kind, at most: some hundred KiB.
const MAX_ROWS: usize = 1024;
/// How long they are good, in milliseconds: on SQLite another process may change a customer
/// without a word.
const TTL_MS: i64 = 60_000;

/// The products and the customers that groups met last.
pub(crate) struct RowCaches {
    pub products: RowCache<products::Entity>,
    pub customers: RowCache<customers::Entity>,
}

impl Default for RowCaches {
    fn default() -> Self {
        Self {
            products: RowCache { rows: Cache::new(MAX_ROWS), id: |product| product.id },
            customers: RowCache { rows: Cache::new(MAX_ROWS), id: |customer| customer.id },
        }
    }
}

/// A row, the step at which its reading began (see [`crate::cache`]), and the time.
struct CachedRow<M> {
    row: Arc<M>,
    version: u64,
    read_at: Timestamp,
}

/// Rows of one kind, by id.
pub(crate) struct RowCache<E: EntityTrait> {
    rows: Cache<Uuid, CachedRow<E::Model>>,
    id: fn(&E::Model) -> Uuid,
}

impl<E: EntityTrait> RowCache<E>
where
    E::Model: Send + Sync,
{
    /// The rows of these ids: from memory, as long as nothing happened to them, and else
    /// by one statement.
    pub async fn get_or_load(
        &mut self,
        txn: &WriteTxn,
        ids: impl Iterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, Arc<E::Model>>> {
        let now = txn.now();
        let (mut found, mut missing) = (HashMap::new(), BTreeSet::new());
        for id in ids {
            match self.rows.get(&id) {
                Some(CachedRow { row, version: began, read_at: at })
                    if (0..TTL_MS).contains(&(now.millis() - at.millis()))
                        && txn.cache().is_fresh(*began, [id]) =>
                {
                    found.insert(id, Arc::clone(row));
                }
                _ => {
                    missing.insert(id);
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let missing: Vec<_> = missing.into_iter().map(|id| row![id]).collect();
        let began = txn.cache().version();
        let are_these =
            row_values::in_rows(txn.conn().get_database_backend(), &[("id", ColumnType::Uuid)], &missing)?;
        for row in E::find().filter(are_these).all(txn.conn()).await? {
            let (id, row) = ((self.id)(&row), Arc::new(row));
            self.rows.insert(id, CachedRow { row: Arc::clone(&row), version: began, read_at: now });
            found.insert(id, row);
        }
        Ok(found)
    }
}
