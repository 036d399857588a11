//! Caches of product and customer rows between batches. Consecutive requests usually share
//! both: products are few, and machines of one customer often activate together.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::Timestamp;
use quick_cache::unsync::Cache;
use sea_orm::{ConnectionTrait as _, EntityTrait, QueryFilter as _};
use uuid::Uuid;

use super::WriteTxn;
use super::entity::{customers, products};
use super::row_values::{self, ColumnType, row};
use crate::Result;

/// Maximum number of rows per cache: a few hundred KiB.
const MAX_ROWS: usize = 1024;
/// How long a cached row is valid, in milliseconds, because on SQLite another process may change a
/// customer without an invalidation event.
const TTL_MS: i64 = 60_000;

/// Product and customer rows of recent batches.
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

/// A cached row, the cache version before it was read (see [`crate::cache`]), and the read time.
struct CachedRow<M> {
    row: Arc<M>,
    version: u64,
    read_at: Timestamp,
}

/// A cache of the rows of one entity, by id.
pub(crate) struct RowCache<E: EntityTrait> {
    rows: Cache<Uuid, CachedRow<E::Model>>,
    id: fn(&E::Model) -> Uuid,
}

impl<E: EntityTrait> RowCache<E>
where
    E::Model: Send + Sync,
{
    /// Returns the rows with these ids. Loads all missing, expired or invalidated rows by one
    /// statement.
    pub async fn get_or_load(
        &mut self,
        txn: &WriteTxn,
        ids: impl Iterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, Arc<E::Model>>> {
        let now = txn.now();
        let (mut rows, mut missing) = (HashMap::new(), BTreeSet::new());
        for id in ids {
            match self.rows.get(&id) {
                Some(CachedRow { row, version, read_at })
                    if (0..TTL_MS).contains(&(now.millis() - read_at.millis()))
                        && txn.cache().is_fresh(*version, [id]) =>
                {
                    rows.insert(id, Arc::clone(row));
                }
                _ => {
                    missing.insert(id);
                }
            }
        }
        if missing.is_empty() {
            return Ok(rows);
        }
        let missing: Vec<_> = missing.into_iter().map(|id| row![id]).collect();
        let version = txn.cache().version();
        let condition =
            row_values::in_rows(txn.conn().get_database_backend(), &[("id", ColumnType::Uuid)], &missing)?;
        for row in E::find().filter(condition).all(txn.conn()).await? {
            let (id, row) = ((self.id)(&row), Arc::new(row));
            self.rows.insert(id, CachedRow { row: Arc::clone(&row), version, read_at: now });
            rows.insert(id, row);
        }
        Ok(rows)
    }
}
