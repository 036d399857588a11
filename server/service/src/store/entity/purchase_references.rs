//! Ids of purchases at their providers. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "purchase_references")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub reference: String,
    pub account_id: Uuid,
    pub purchase_id: Uuid,
    pub paid_at: Option<i64>,
    pub pays_period: Option<bool>,
    pub paid_until: Option<i64>,
    pub chargeback_reversed_at: Option<i64>,
    pub awaits_payment: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
