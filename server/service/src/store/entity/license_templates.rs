//! License templates: the rules of licenses. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[sea_orm(table_name = "license_templates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub name: String,
    pub domain_limit: Option<i32>,
    pub machine_limit: Option<i32>,
    pub validity: Option<String>,
    pub key_prefix: String,
    pub key_format: String,
    pub allow_vm: bool,
    pub allow_container: bool,
    pub user_locked: bool,
    pub deactivation_limit: Option<i32>,
    pub sync_interval: Option<i32>,
    pub sync_grace: Option<i32>,
    pub lease: Option<i32>,
    pub rules: Option<String>,
    pub required_metadata: String,
    pub required_meters: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
