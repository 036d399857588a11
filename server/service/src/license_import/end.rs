//! The end of an import.

use domain::import::ImportState;
use sea_orm::{EntityTrait as _, IntoActiveModel as _, Set};

use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::license_imports;

/// Ends an import, or begins its removal.
pub(super) async fn end(
    txn: WriteTxn,
    import: license_imports::Model,
    state: ImportState,
    failure: Option<String>,
) -> Result<()> {
    txn.shrink_page_cache().await?;
    let now = txn.now().millis();
    let failure = failure.or_else(|| import.failure.clone());
    let mut update = import.into_active_model();
    update.state = Set(state.as_str().to_owned());
    update.failure = Set(failure);
    update.finished_at = Set((!state.is_running()).then_some(now));
    license_imports::Entity::update(update).exec(txn.conn()).await?;
    txn.commit().await
}
