//! Reduces the number of B-trees per write: drops indexes and columns that no query reads,
//! and clusters SQLite tables by primary key. Adds leases of background jobs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect_sql = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => include_str!("m20261124_000004_slim_tables.sqlite.sql"),
            _ => include_str!("m20261124_000004_slim_tables.postgres.sql"),
        };
        dialect::run(manager, include_str!("m20261124_000004_slim_tables.sql")).await?;
        dialect::run(manager, dialect_sql).await
    }
}
