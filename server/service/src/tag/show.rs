//! One tag.

use domain::TagId;
use domain::permission::Permission;

use super::record::{TagRecord, record};
use crate::store::scope;
use crate::{Actor, Result, Service};

/// Returns a tag of the account.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such tag, or the database fails.
#[tracing::instrument(name = "tag.show", skip_all, fields(account = %actor.account, tag = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: TagId) -> Result<TagRecord> {
    actor.require(Permission::Read)?;
    Ok(record(scope::tag(service.store.read(), actor.account, id).await?))
}
