//! The certificate that the server orders, with the state of its order. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "acme_certificates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub directory: String,
    pub names: String,
    pub chain: Option<String>,
    pub key_sealed: Option<Vec<u8>>,
    pub issued_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub next_order_at: i64,
    pub failures: i32,
    pub last_error: Option<String>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
