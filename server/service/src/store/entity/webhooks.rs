//! Webhooks. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub name: String,
    pub url: String,
    pub secret_sealed: Vec<u8>,
    pub secret_last_four: String,
    pub previous_secret_sealed: Option<Vec<u8>>,
    pub previous_secret_until: Option<i64>,
    pub scheme: String,
    pub is_enabled: bool,
    pub events: String,
    /// When the webhook was enabled, or got an event of expiries that it did not take.
    pub events_since: i64,
    pub status: String,
    pub consecutive_failures: i32,
    pub failing_since: Option<i64>,
    pub last_succeeded_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
