//! Creates tags.

use domain::permission::Permission;

use super::Saved;
use super::insert::{NewTag, insert};
use super::record::record;
use crate::{Actor, Result, Service};

/// Creates a tag. Of several requests with one name at once, one creates it.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "tag.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(service: &Service, actor: &Actor, new: NewTag) -> Result<Saved> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let Some(row) = insert(&mut txn, actor, &new).await? else { return Ok(Saved::DuplicateName) };
    txn.commit().await?;
    Ok(Saved::Saved(Box::new(record(row))))
}
