//! Activations: licenses bound to a domain or a machine. The migration documents the columns.

use sea_orm::entity::prelude::*;

use crate::store::row_values::{ColumnType, Columns};

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
    pub slot: Option<String>,
    pub response_ends_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns of a bulk insert, first those of every activation, then those of a machine.
pub(crate) const INSERT_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("license_id", ColumnType::Uuid),
    ("kind", ColumnType::Text),
    ("subject", ColumnType::Text),
    ("takes_slot", ColumnType::Bool),
    ("ip", ColumnType::Text),
    ("created_at", ColumnType::Int),
    ("hostname", ColumnType::Text),
    ("os", ColumnType::Text),
    ("os_version", ColumnType::Text),
    ("vm_name", ColumnType::Text),
    ("container", ColumnType::Text),
    ("app_version", ColumnType::Text),
    ("release_version", ColumnType::Text),
    ("user_hash", ColumnType::Text),
    ("metadata", ColumnType::Text),
    ("last_synced_at", ColumnType::Int),
    ("lease_expires_at", ColumnType::Int),
    ("offline_until", ColumnType::Int),
    ("meters", ColumnType::Text),
    ("response_ends_at", ColumnType::Int),
];

/// The columns of a bulk insert of domain activations. The machine columns stay NULL.
pub(crate) const DOMAIN_INSERT_COLUMNS: Columns = INSERT_COLUMNS.split_at(8).0;

/// The columns of a bulk insert of domain activations whose slot has another name.
pub(crate) const SLOT_INSERT_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("license_id", ColumnType::Uuid),
    ("kind", ColumnType::Text),
    ("subject", ColumnType::Text),
    ("takes_slot", ColumnType::Bool),
    ("ip", ColumnType::Text),
    ("created_at", ColumnType::Int),
    ("slot", ColumnType::Text),
];
