//! Flushes what live pages show: refusals and new activations, within half a second while a member views one.

use super::counter::Batch;
use super::flush::is_shown_live;
use super::flush_refusals::flush_refusals;
use crate::{Result, Service};

/// Maximum number of transactions with refusals in one flush, so that activations do not wait long. More
/// refusals follow with the next flush.
const MAX_REFUSAL_BATCHES: usize = 4;

impl Service {
    /// Flushes refusals, and the daily counts if there are refusals or new activations among them. Valid
    /// verifications alone wait for the next regular flush. Must not run beside a regular flush.
    ///
    /// # Errors
    /// Returns an error if the database fails; the counts are kept for the next flush.
    pub async fn flush_live(&self) -> Result<()> {
        for _ in 0..MAX_REFUSAL_BATCHES {
            if self.usage.refusals().is_empty() {
                break;
            }
            flush_refusals(self).await?;
        }
        let daily_counts = self.usage.take_daily_counts_if(is_shown_live);
        if daily_counts.is_empty() && self.store.activation_counts.is_empty() {
            return Ok(());
        }
        self.flush_or_put_back(Batch { daily_counts, ..Batch::default() }).await
    }
}
