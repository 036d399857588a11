//! Adds bulk jobs with their items, and the index of licenses at their limit.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, include_str!("m20261129_000014_add_bulk_jobs.sql")).await?;
        // SQLite adds virtual generated columns only, PostgreSQL indexes stored ones only.
        let storage = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => "VIRTUAL",
            _ => "STORED",
        };
        let at_limit = include_str!("m20261129_000014_mark_limits.sql").replace(":storage", storage);
        dialect::run(manager, &at_limit).await
    }
}
