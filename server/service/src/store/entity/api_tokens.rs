//! API tokens (bearer) of accounts. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub name: String,
    pub digest: Vec<u8>,
    pub last_four: String,
    pub role: String,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
    pub created_by: Option<Uuid>,
    pub scopes: Option<String>,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub updated_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
