//! Prepares the tables for large row counts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, include_str!("m20261125_000005_plan_for_growth.sql")).await?;
        if manager.get_database_backend() == DatabaseBackend::Sqlite {
            return Ok(());
        }
        dialect::run(manager, include_str!("m20261125_000005_plan_for_growth.postgres.sql")).await
    }
}
