//! Changes tags.

use domain::TagId;
use domain::event::Event;
use domain::permission::Permission;
use domain::tag::{TagDescription, TagName};
use domain::text_key;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::Saved;
use super::record::record;
use crate::error::is_duplicate;
use crate::store::{AuditEvent, Changes, scope};
use crate::{Actor, Result, Service};

/// A change of a tag. What is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct TagChange {
    /// The name.
    pub name: Option<TagName>,
    /// The description; the inner `None` removes it.
    pub description: Option<Option<TagDescription>>,
}

/// Changes a tag, everywhere it is. Without a difference nothing is written and no event is recorded.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such tag, or the database fails.
#[tracing::instrument(name = "tag.update", skip_all, fields(account = %actor.account, tag = %id), err(level = "debug"))]
pub async fn update(service: &Service, actor: &Actor, id: TagId, change: TagChange) -> Result<Saved> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_tag(&txn, actor.account, id).await?;
    let name = change.name.map_or_else(|| row.name.clone(), |name| name.to_string());
    let description = match change.description {
        None => row.description.clone(),
        Some(description) => description.map(|text| text.to_string()).unwrap_or_default(),
    };
    let mut changes = Changes::default();
    changes.add("name", &row.name, &name);
    changes.add("description", &row.description, &description);
    if changes.is_empty() {
        return Ok(Saved::Saved(Box::new(record(row))));
    }
    let detail = if row.name == name { name.clone() } else { format!("{} → {name}", row.name) };
    let mut update = row.into_active_model();
    update.name_key = Set(text_key::key(&name));
    update.name = Set(name);
    update.description = Set(description);
    update.updated_at = Set(txn.now().millis());
    let row = match update.update(txn.conn()).await {
        Ok(row) => row,
        Err(error) if is_duplicate(&error) => return Ok(Saved::DuplicateName),
        Err(error) => return Err(error.into()),
    };
    let entry = AuditEvent::object(Event::TagUpdated, "tag_id", id.0).detail(detail);
    txn.record(actor, entry.changes(changes));
    txn.commit().await?;
    Ok(Saved::Saved(Box::new(record(row))))
}
