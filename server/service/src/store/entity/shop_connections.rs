//! Connections to shops. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shop_connections")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub product_id: Uuid,
    pub provider: String,
    pub name: String,
    pub secret_sealed: Option<Vec<u8>>,
    pub secret_last_four: Option<String>,
    pub issues_unmapped: bool,
    pub on_payment_failed: String,
    pub on_refund: String,
    pub on_cancellation: String,
    pub grace_days: i32,
    pub sends_keys: bool,
    pub created_at: i64,
    pub updated_at: i64,
    pub accepts_test_events: bool,
    pub former_secret_sealed: Option<Vec<u8>>,
    pub former_secret_until: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
