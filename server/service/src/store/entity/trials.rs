//! Trials of products by machines. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub product_id: Uuid,
    pub subject: String,
    pub hostname: String,
    pub os: String,
    pub app_version: String,
    pub ip: Option<String>,
    pub network: Option<String>,
    pub metadata: Option<String>,
    pub expires_at: i64,
    pub created_at: i64,
    pub updated_at: Option<i64>,
    pub os_version: Option<String>,
    pub vm_name: Option<String>,
    pub container: Option<String>,
    pub release_version: Option<String>,
    pub is_offline: bool,
}

impl Model {
    /// The last change by a seller, or the start: in milliseconds.
    pub fn changed_at(&self) -> i64 {
        self.updated_at.unwrap_or(self.created_at)
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
