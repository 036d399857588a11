//! Marks test events of shops, and purchases of subscriptions that are older than their connection. An index of
//! deferred events.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, include_str!("m20261201_000046_mark_test_events.sql")).await
    }
}
