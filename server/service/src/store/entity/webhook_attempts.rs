//! Attempts to deliver events to webhooks. The migration documents the columns.

use sea_orm::entity::prelude::*;

use crate::store::row_values::{ColumnType, Columns};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub webhook_id: Uuid,
    pub delivery_id: Uuid,
    pub event: String,
    pub url: String,
    pub attempt: i32,
    pub state: String,
    pub status_code: Option<i32>,
    pub answer_sealed: Option<Vec<u8>>,
    pub error: Option<String>,
    pub requested_at: Option<i64>,
    pub responded_at: Option<i64>,
    pub next_attempt_at: Option<i64>,
    pub is_manual: bool,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns of an entry whose attempt was made.
pub(crate) const MADE_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("webhook_id", ColumnType::Uuid),
    ("delivery_id", ColumnType::Uuid),
    ("event", ColumnType::Text),
    ("url", ColumnType::Text),
    ("attempt", ColumnType::Int),
    ("state", ColumnType::Text),
    ("is_manual", ColumnType::Bool),
    ("created_at", ColumnType::Int),
    ("updated_at", ColumnType::Int),
    ("status_code", ColumnType::Int),
    ("answer_sealed", ColumnType::Bytes),
    ("error", ColumnType::Text),
    ("requested_at", ColumnType::Int),
    ("responded_at", ColumnType::Int),
    ("next_attempt_at", ColumnType::Int),
];

/// The columns of an entry that is written before its attempt.
pub(crate) const WAITING_COLUMNS: Columns = MADE_COLUMNS.split_at(11).0;
