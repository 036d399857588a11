//! The list of tags of the management API.

use std::collections::BTreeSet;

use domain::filter::{Cell, ListPage, ListRequest};
use domain::folding::name_terms;
use domain::permission::Permission;
use uuid::Uuid;

use super::record::{TagRecord, record};
use crate::listing::{Named, NamedSource};
use crate::store::entity::tags::Model;
use crate::{Actor, Result, Service, listing};

/// Returns a page of the account's tags.
///
/// # Errors
/// Returns an error if the role lacks the permission, too many rows would have to be read, or the database fails.
#[tracing::instrument(name = "tag.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor, request: &ListRequest) -> Result<ListPage<TagRecord>> {
    actor.require(Permission::Read)?;
    let source = NamedSource::<Model>::new(service, actor.account);
    Ok(listing::list(&source, request).await?.map(|row| record(row.0)))
}

impl Named for Model {
    const TABLE: &str = "tags";

    fn id(&self) -> Uuid {
        self.id
    }

    fn account(&self) -> Uuid {
        self.account_id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn times(&self) -> (i64, i64) {
        (self.created_at, self.updated_at)
    }

    fn other_cells(&self, _: &str) -> Vec<Cell> {
        Vec::new()
    }

    fn terms(&self) -> BTreeSet<String> {
        name_terms(&self.name)
    }
}
