//! What groups read again and again: products are few, and a customer's machines come
//! together.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use quick_cache::unsync::Cache;
use sea_orm::{ConnectionTrait as _, EntityTrait, QueryFilter as _};
use uuid::Uuid;

use crate::Result;
use crate::store::WriteTxn;
use crate::store::bulk::{self, Kind, row};
use crate::store::entity::{customers, products};

/// Rows of each kind, at most: some hundred KiB.
const ROWS: usize = 1024;

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

/// Rows of one kind, by id.
pub(crate) struct Rows<E: EntityTrait> {
    /// With the step at which their reading began, see [`crate::cache`].
    kept: Cache<Uuid, (u64, Arc<E::Model>)>,
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
        let (mut found, mut missing) = (HashMap::new(), BTreeSet::new());
        for id in ids {
            match self.kept.get(&id) {
                Some((read_at, row)) if txn.cache().is_fresh(*read_at, [id]) => {
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
        let read_at = txn.cache().step();
        let are_these = bulk::among(txn.conn().get_database_backend(), &[("id", Kind::Uuid)], &missing)?;
        for row in E::find().filter(are_these).all(txn.conn()).await? {
            let (id, row) = ((self.id)(&row), Arc::new(row));
            self.kept.insert(id, (read_at, Arc::clone(&row)));
            found.insert(id, row);
        }
        Ok(found)
    }
}
