//! Mails that a worker sends. The migration documents the columns.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mails")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub kind: String,
    pub recipient: String,
    pub subject: String,
    pub body_sealed: Option<Vec<u8>>,
    pub state: String,
    pub attempts: i32,
    pub next_attempt_at: i64,
    pub give_up_at: i64,
    pub expires_at: i64,
    pub last_error: Option<String>,
    pub object_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub created_at: i64,
    pub state_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
