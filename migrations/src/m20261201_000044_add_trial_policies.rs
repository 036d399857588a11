//! Adds trial policies. Each product that allows trials gets one of its own.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Random ids (UUID version 4), another one in each row.
        let random_id = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => {
                "unhex(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || '8' || \
                 substr(hex(randomblob(2)), 2) || hex(randomblob(6)))"
            }
            _ => "gen_random_uuid()",
        };
        let sql = include_str!("m20261201_000044_add_trial_policies.sql").replace(":random_id", random_id);
        dialect::run(manager, &sql).await
    }
}
