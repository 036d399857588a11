//! Checks the limits of the ids of the logs of PostgreSQL. A migration of its own, because it reads all rows.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run_on_postgres(manager, include_str!("m20261201_000057_check_logs.postgres.sql")).await
    }
}
