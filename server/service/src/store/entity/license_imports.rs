//! Imports of licenses. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "license_imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub file_name: String,
    pub plan: String,
    pub state: String,
    pub first_license_id: Uuid,
    pub position: i64,
    pub removed_up_to: Option<Uuid>,
    pub good_rows: i64,
    pub faulty_rows: i64,
    pub summary: String,
    pub imported: i64,
    pub skipped: i64,
    pub removed: i64,
    pub all_or_nothing: bool,
    pub stop_requested: bool,
    pub failure: Option<String>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub created_at: i64,
    pub finished_at: Option<i64>,
    pub pruned_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
