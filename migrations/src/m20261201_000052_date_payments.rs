//! Remembers when payments of purchases were made, and which of them pay for a period. Keeps the former secret of a shop
//! for a day.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, include_str!("m20261201_000052_date_payments.sql")).await
    }
}
