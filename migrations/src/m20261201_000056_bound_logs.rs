//! Limits the ids of the logs of PostgreSQL, so that they can become partitions.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_on_postgres(manager, include_str!("m20261201_000056_bound_logs.postgres.sql")).await
    }
}
