//! Adds organizations, and what the management API says of customers.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, include_str!("m20261201_000035_describe_customers.sql")).await?;
        // The order of names is the order of their bytes on both databases.
        let dialect_sql = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => include_str!("m20261201_000035_describe_customers.sqlite.sql"),
            _ => include_str!("m20261201_000035_describe_customers.postgres.sql"),
        };
        dialect::run(manager, dialect_sql).await
    }
}
