//! Events for webhooks. The migration documents the columns.

use sea_orm::entity::prelude::*;

use crate::store::row_values::{ColumnType, Columns};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub webhook_id: Uuid,
    pub event: String,
    pub body_sealed: Vec<u8>,
    pub state: String,
    pub attempts: i32,
    pub due_at: i64,
    pub leased_by: Option<Uuid>,
    pub log_id: Option<Uuid>,
    pub is_manual: bool,
    pub created_at: i64,
    pub state_at: i64,
    pub trace_parent: Option<String>,
    pub trace_state: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns of a bulk insert.
pub(crate) const INSERT_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("webhook_id", ColumnType::Uuid),
    ("event", ColumnType::Text),
    ("body_sealed", ColumnType::Bytes),
    ("state", ColumnType::Text),
    ("due_at", ColumnType::Int),
    ("log_id", ColumnType::Uuid),
    ("created_at", ColumnType::Int),
    ("state_at", ColumnType::Int),
    ("trace_parent", ColumnType::Text),
    ("trace_state", ColumnType::Text),
];
