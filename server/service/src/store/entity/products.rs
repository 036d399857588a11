//! Products and their defaults. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[sea_orm(table_name = "products")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub number: i64,
    pub name: String,
    pub slug: String,
    pub domain_limit: Option<i32>,
    pub machine_limit: Option<i32>,
    pub validity_days: Option<i32>,
    pub validity: Option<String>,
    pub slot_recount_at: Option<i64>,
    pub slot_scope: String,
    pub key_prefix: String,
    pub free_development_hosts: bool,
    pub development_hosts: String,
    pub license_count: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub allow_vm: bool,
    pub allow_container: bool,
    pub user_locked: bool,
    pub deactivation_limit: Option<i32>,
    pub sync_interval: Option<i32>,
    pub sync_grace: Option<i32>,
    pub lease: Option<i32>,
    pub trial_days: Option<i32>,
    pub trial_limit: Option<i32>,
    pub trials_used: i32,
    pub key_format: String,
    pub meters: String,
    pub archived_at: Option<i64>,
    pub apps_stopped: bool,
    pub customer_release_days: Option<i32>,
    pub sends_reminders: bool,
    pub template_id: Option<Uuid>,
    pub rules: Option<String>,
    pub display_name: String,
    pub description: String,
    pub metadata: String,
    pub customer_offline_days: Option<i32>,
    pub trial_policy_id: Option<Uuid>,
    pub trial_length: Option<i32>,
    pub trial_admission: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
