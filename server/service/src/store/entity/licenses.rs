//! Licenses. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "licenses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub product_id: Uuid,
    pub customer_id: Option<Uuid>,
    pub key_digest: Vec<u8>,
    pub key_sealed: Vec<u8>,
    pub last_four: String,
    pub state: String,
    pub state_at: Option<i64>,
    pub state_reason: Option<String>,
    pub domain_limit: Option<i32>,
    pub machine_limit: Option<i32>,
    pub domains_used: i32,
    pub machines_used: i32,
    pub expires_at: Option<i64>,
    pub lapsed_at: Option<i64>,
    pub verification_count: i64,
    pub last_verified_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub first_activated_at: Option<i64>,
    pub deactivations: i32,
    pub meters: Option<String>,
    pub marked_unused_at: Option<i64>,
    pub released_use_at: Option<i64>,
    pub customer_released_at: Option<i64>,
    pub rules: Option<String>,
    pub pending_interval: Option<String>,
    pub template_id: Option<Uuid>,
    pub visible_metadata: Option<String>,
    pub organization_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
