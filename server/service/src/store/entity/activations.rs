//! Activations: licenses bound to a domain or a machine. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[cfg_attr(test, derive(Default))]
#[sea_orm(table_name = "activations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub license_id: Uuid,
    pub kind: String,
    pub subject: String,
    pub takes_slot: bool,
    pub ip: Option<String>,
    pub verification_count: i64,
    pub last_verified_at: Option<i64>,
    pub created_at: i64,
    pub hostname: Option<String>,
    pub os: Option<String>,
    pub os_version: Option<String>,
    pub vm_name: Option<String>,
    pub container: Option<String>,
    pub app_version: Option<String>,
    pub release_version: Option<String>,
    pub user_hash: Option<String>,
    pub metadata: Option<String>,
    pub last_synced_at: Option<i64>,
    pub lease_expires_at: Option<i64>,
    pub offline_until: Option<i64>,
    pub meters: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
