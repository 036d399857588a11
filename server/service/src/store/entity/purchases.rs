//! Purchases in shops. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "purchases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub connection_id: Uuid,
    pub license_id: Uuid,
    pub price: Option<String>,
    pub buyer: Option<String>,
    pub is_subscription: bool,
    pub last_paid_at: i64,
    pub last_failed_at: Option<i64>,
    pub suspended_at: Option<i64>,
    pub suspended_for: Option<String>,
    pub created_at: i64,
    pub taken_over_until: Option<i64>,
    pub left_for: Option<String>,
    pub period_paid_at: Option<i64>,
    pub period_paid_until: Option<i64>,
    pub refunded_reference: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
