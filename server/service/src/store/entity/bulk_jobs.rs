//! Bulk jobs. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub verb: String,
    pub parameters: String,
    pub selection: String,
    pub undo_of: Option<Uuid>,
    pub state: String,
    pub stop_requested: bool,
    pub position: Option<String>,
    pub total: Option<i64>,
    pub done: i64,
    pub skipped: String,
    pub failure: Option<String>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub token_digest: Option<Vec<u8>>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
    pub pruned_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
