//! Partitions the logs of PostgreSQL by month: audit entries, their changes and outbox events.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_on_postgres(manager, include_str!("m20261201_000058_partition_logs.postgres.sql")).await
    }
}
