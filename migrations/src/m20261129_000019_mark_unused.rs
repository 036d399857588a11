//! Adds a mark for unused licenses, its indexes, and the last use by released activations.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The current time in milliseconds.
        let now = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => "unixepoch() * 1000",
            _ => "CAST(extract(epoch FROM now()) * 1000 AS bigint)",
        };
        let sql = include_str!("m20261129_000019_mark_unused.sql").replace(":now", now);
        dialect::run(manager, &sql).await
    }
}
