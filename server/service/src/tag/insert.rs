//! Inserts tags within a transaction.

use domain::event::Event;
use domain::tag::{TagDescription, TagName};
use domain::text_key;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait as _, Set};

use crate::store::entity::tags;
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Result, new_id};

/// A tag to create.
#[derive(Debug, Clone)]
pub struct NewTag {
    /// The name.
    pub name: TagName,
    /// The description.
    pub description: Option<TagDescription>,
}

/// Inserts a tag and records it. `None` if the account has the name, also if another transaction has just
/// committed it.
pub(super) async fn insert(txn: &mut WriteTxn, actor: &Actor, new: &NewTag) -> Result<Option<tags::Model>> {
    let now = txn.now().millis();
    let row = tags::Model {
        id: new_id(),
        account_id: actor.account.0,
        name: new.name.to_string(),
        name_key: text_key::key(new.name.as_str()),
        description: new.description.as_ref().map(ToString::to_string).unwrap_or_default(),
        created_at: now,
        updated_at: now,
    };
    let active = tags::ActiveModel {
        id: Set(row.id),
        account_id: Set(row.account_id),
        name: Set(row.name.clone()),
        name_key: Set(row.name_key.clone()),
        description: Set(row.description.clone()),
        created_at: Set(row.created_at),
        updated_at: Set(row.updated_at),
    };
    let conflict =
        OnConflict::columns([tags::Column::AccountId, tags::Column::NameKey]).do_nothing().to_owned();
    let inserted =
        tags::Entity::insert(active).on_conflict(conflict).exec_without_returning(txn.conn()).await?;
    if inserted == 0 {
        return Ok(None);
    }
    let entry = AuditEvent::object(Event::TagCreated, "tag_id", row.id).detail(row.name.clone());
    txn.record(actor, entry);
    Ok(Some(row))
}
