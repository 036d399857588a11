//! Partitions the logs of PostgreSQL by month: audit entries, their changes and outbox events.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite has no partitions.
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            // Not by `dialect::run`, which would split the statements of a block.
            let sql = include_str!("m20261201_000058_partition_logs.postgres.sql");
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
