//! Batch loader of the time of the last sync, by activation id.

use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::store::Store;
use crate::store::batch_loader::{LoadedMap, Loader};
use crate::store::entity::activations;
use crate::store::row_values::{self, ColumnType, row};
use crate::{Result, signing};

/// Signatures that one thread makes during one PostgreSQL round trip. The batch is sent when the
/// queue of the signing pool is down to this many per thread.
const SIGNATURES_PER_ROUND_TRIP: usize = 4;

/// Loads `last_synced_at` of activations.
pub(crate) struct LastSyncLoader(pub Store);

impl Loader for LastSyncLoader {
    type Key = Uuid;
    type Value = Option<i64>;

    async fn load(&self, ids: &[Uuid]) -> Result<LoadedMap<Self>> {
        let ids: Vec<_> = ids.iter().map(|id| row![*id]).collect();
        let synced = activations::Entity::find()
            .select_only()
            .columns([activations::Column::Id, activations::Column::LastSyncedAt])
            .filter(row_values::in_rows(self.0.backend(), &[("id", ColumnType::Uuid)], &ids)?)
            .into_tuple::<(Uuid, Option<i64>)>()
            .all(self.0.read())
            .await?;
        Ok(synced.into_iter().map(|(id, at)| (id, Ok(at))).collect())
    }

    fn ready_to_run(&self) -> impl Future<Output = ()> + Send {
        // Every request needs a signature next.
        signing::wait_for_capacity(SIGNATURES_PER_ROUND_TRIP)
    }
}
