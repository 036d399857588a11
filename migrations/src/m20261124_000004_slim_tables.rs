//! Fewer trees to write to: what no query reads goes, and on SQLite tables are
//! kept in the order of their keys. And the leases of background work.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let own = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => include_str!("m20261124_000004_slim_tables.sqlite.sql"),
            _ => include_str!("m20261124_000004_slim_tables.postgres.sql"),
        };
        dialect::run(manager, include_str!("m20261124_000004_slim_tables.sql")).await?;
        dialect::run(manager, own).await
    }
}
