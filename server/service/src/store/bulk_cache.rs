//! The page cache of SQLite's writer during an import.
//!
//! A transaction of an import changes more pages than the writer's usual cache holds. SQLite then writes pages
//! to the WAL before the commit, reads them again for the next row, and writes them again.

use sea_orm::ConnectionTrait as _;

use super::WriteTxn;
use super::sqlite::WRITER_CACHE_KIB;
use crate::Result;

/// Page cache during an import in KiB, allocated on use.
const BULK_CACHE_KIB: i64 = 96_000;

impl WriteTxn {
    /// Enlarges the writer's page cache on SQLite, until [`WriteTxn::shrink_page_cache`].
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn enlarge_page_cache(&self) -> Result<()> {
        self.set_page_cache(BULK_CACHE_KIB).await
    }

    /// Restores the usual page cache, and frees the memory.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn shrink_page_cache(&self) -> Result<()> {
        self.set_page_cache(WRITER_CACHE_KIB).await
    }

    async fn set_page_cache(&self, kib: i64) -> Result<()> {
        // SQLite locks the whole database, so that no rows need a lock.
        if !self.needs_row_locks() {
            self.conn().execute_unprepared(&format!("PRAGMA cache_size = -{kib}")).await?;
        }
        Ok(())
    }
}
