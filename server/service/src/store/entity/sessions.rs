//! Sessions of the dashboard. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id_digest: Vec<u8>,
    pub user_id: Option<Uuid>,
    pub data: String,
    pub expires_at: i64,
    pub account_id: Option<Uuid>,
    pub opened_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
