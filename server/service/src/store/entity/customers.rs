//! Customers, who hold licenses. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub email: Option<String>,
    pub name: Option<String>,
    pub created_at: i64,
    pub terms_version: i32,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Option<String>,
    pub organization_id: Option<Uuid>,
    pub password_hash: Option<String>,
    pub reset_digest: Option<Vec<u8>>,
    pub reset_expires_at: Option<i64>,
    pub role: String,
    pub portal_access: bool,
    pub updated_at: i64,
    pub last_login_at: Option<i64>,
    pub last_seen_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
