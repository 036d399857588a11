//! Adds the version that has migrated the schema, and what nodes of version 0.1.0 leave out beside those of this one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, include_str!("m20261201_000047_upgrade_nodes.sql")).await?;
        // On SQLite there are no nodes of two versions.
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            dialect::run(manager, include_str!("m20261201_000047_upgrade_nodes.postgres.sql")).await?;
        }
        Ok(())
    }
}
