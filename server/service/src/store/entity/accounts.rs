//! Accounts (tenants). The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub created_at: i64,
    pub requires_second_factor: bool,
    pub suspended_at: Option<i64>,
    pub suspension_reason: Option<String>,
    pub apps_stopped: bool,
    pub page_name: Option<String>,
    pub page_logo: Option<String>,
    pub page_color: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
