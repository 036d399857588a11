//! The list of organizations of the management API.

use std::collections::BTreeSet;

use domain::filter::{Cell, ListPage, ListRequest};
use domain::folding::{email_terms, name_terms};
use domain::permission::Permission;
use uuid::Uuid;

use super::record::{OrganizationRecord, record};
use crate::listing::{Named, NamedSource};
use crate::store::entity::organizations::Model;
use crate::{Actor, Result, Service, listing};

/// Returns a page of the account's organizations.
///
/// # Errors
/// Returns an error if the role lacks the permission, too many rows would have to be read, or the database fails.
#[tracing::instrument(name = "organization.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<OrganizationRecord>> {
    actor.require(Permission::Read)?;
    let source = NamedSource::<Model>::new(service, actor.account);
    Ok(listing::list(&source, request).await?.map(|row| record(row.0)))
}

impl Named for Model {
    const TABLE: &str = "organizations";

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

    fn other_cells(&self, field: &str) -> Vec<Cell> {
        match field {
            "email" => vec![Cell::Text(self.email.clone())],
            _ => Vec::new(),
        }
    }

    fn terms(&self) -> BTreeSet<String> {
        let mut terms = name_terms(&self.name);
        terms.extend(email_terms(&self.email));
        terms.extend(email_terms(&self.domain));
        terms
    }
}
