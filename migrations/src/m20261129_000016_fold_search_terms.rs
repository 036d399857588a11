//! Adds the version of customers' search terms, and indexes of sub-domains and machines for searches.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect_sql = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => include_str!("m20261129_000016_fold_search_terms.sqlite.sql"),
            _ => include_str!("m20261129_000016_fold_search_terms.postgres.sql"),
        };
        // Before the column, whose table no statement may read until the commit.
        dialect::run(manager, dialect_sql).await?;
        dialect::run(manager, include_str!("m20261129_000016_fold_search_terms.sql")).await
    }
}
