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
use crate::store::bulk::{self, Kind, row};
use crate::store::entity::{customers, products};

/// Rows of each kind, at most: some hundred KiB.
const ROWS: usize = 1024;
/// How long they are good, in milliseconds: on SQLite another process may change a customer
/// without a word.
const FRESH_MS: i64 = 60_000;

/// The products and the customers that groups met last.
pub(crate) struct Kept {
    pub products: Rows<products::Entity>,
    pub customers: Rows<customers::Entity>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            products: Rows { kept: Cache::new(ROWS), id: |product| product.id },
            customers: Rows { kept: Cache::new(ROWS), id: |customer| customer.id },
        }
    }
}

/// A row, the step at which its reading began (see [`crate::cache`]), and the time.
struct Read<M> {
    row: Arc<M>,
    began: u64,
    at: Timestamp,
}

/// Rows of one kind, by id.
pub(crate) struct Rows<E: EntityTrait> {
    kept: Cache<Uuid, Read<E::Model>>,
    id: fn(&E::Model) -> Uuid,
}

impl<E: EntityTrait> Rows<E>
where
    E::Model: Send + Sync,
{
    /// The rows of these ids: from memory, as long as nothing happened to them, and else
    /// by one statement.
    pub async fn find(
        &mut self,
        txn: &WriteTxn,
        ids: impl Iterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, Arc<E::Model>>> {
        let now = txn.now();
        let (mut found, mut missing) = (HashMap::new(), BTreeSet::new());
        for id in ids {
            match self.kept.get(&id) {
                Some(Read { row, began, at })
                    if (0..FRESH_MS).contains(&(now.millis() - at.millis()))
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
        let began = txn.cache().step();
        let are_these = bulk::among(txn.conn().get_database_backend(), &[("id", Kind::Uuid)], &missing)?;
        for row in E::find().filter(are_these).all(txn.conn()).await? {
            let (id, row) = ((self.id)(&row), Arc::new(row));
            self.kept.insert(id, Read { row: Arc::clone(&row), began, at: now });
            found.insert(id, row);
        }
        Ok(found)
    }
}
