//! The instance, a single row. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "instance")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub instance_id: Uuid,
    pub key_check: Vec<u8>,
    pub created_at: i64,
    pub next_key_sealed: Option<Vec<u8>>,
    pub token_key_sealed: Option<Vec<u8>>,
    pub retired_product_number: i64,
    pub migrated_by: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
