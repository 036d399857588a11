//! Events of shops. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shop_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub connection_id: Uuid,
    pub event_id: String,
    pub name: String,
    pub reference: Option<String>,
    pub payload_sealed: Option<Vec<u8>>,
    pub outcome: String,
    pub detail: Option<String>,
    pub license_id: Option<Uuid>,
    pub occurred_at: i64,
    pub updated_at: i64,
    pub is_test: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
