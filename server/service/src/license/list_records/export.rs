//! Exports licenses with all their fields, in batches, so that the memory does not grow with their number.

use domain::filter::ListRequest;
use domain::permission::Permission;
use uuid::Uuid;

use super::page::Listing;
use crate::license::record::{self, LicenseRecord};
use crate::{Actor, Error, Result, Service};

/// Licenses in one batch.
const LICENSES_PER_BATCH: u64 = 500;

/// An export in progress.
pub struct RecordExport {
    service: Service,
    actor: Actor,
    request: ListRequest,
    last: Option<(i64, Uuid)>,
    is_done: bool,
}

/// Begins an export of the licenses of a list, without its page.
///
/// # Errors
/// Returns an error if the role lacks the permission.
pub fn export_records(service: &Service, actor: &Actor, request: ListRequest) -> Result<RecordExport> {
    actor.require(Permission::Read)?;
    Ok(RecordExport { service: service.clone(), actor: actor.clone(), request, last: None, is_done: false })
}

impl RecordExport {
    /// Returns the next licenses; `None` after the last. A license that is deleted meanwhile is left out.
    ///
    /// # Errors
    /// Returns an error if the filters are too wide, or the database fails.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<LicenseRecord>>> {
        if self.is_done {
            return Ok(None);
        }
        let listing = Listing::new(&self.service, &self.actor, &self.request).await?;
        let (items, is_cut) = listing.load(self.last, 0, LICENSES_PER_BATCH).await?;
        self.is_done = (items.len() as u64) < LICENSES_PER_BATCH;
        if self.is_done && is_cut {
            return Err(Error::invalid("filter", "These filters would read too many licenses."));
        }
        self.last = items.last().map(|(id, value)| (*value, id.0));
        let ids: Vec<_> = items.into_iter().map(|(id, _)| id).collect();
        let db = self.service.store.list_reader();
        record::load_many(&self.service.keys, db, self.actor.account, &ids).await.map(Some)
    }
}
