//! Adds the customer's page: the seller's brand, the rule of releases, and the links that open the page.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, include_str!("m20261130_000026_add_customer_page.sql")).await
    }
}
