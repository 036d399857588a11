//! The chains of seals, one an account. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_chains")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    pub first_position: i64,
    pub position: i64,
    pub digest: Vec<u8>,
    pub last_entry_id: Uuid,
    pub pruned_before: Uuid,
    pub began_at: i64,
    pub row_digest: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
