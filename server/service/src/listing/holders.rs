//! Addresses of customers and names of organizations, which exports write beside each row.

use std::collections::HashMap;

use domain::AccountId;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::Result;
use crate::store::entity::{customers, organizations};
use crate::store::scope;

/// Who holds the licenses of rows.
#[derive(Default)]
pub(crate) struct Holders {
    emails: HashMap<Uuid, String>,
    organizations: HashMap<Uuid, String>,
}

impl Holders {
    /// Loads the addresses and the names by two statements, and nothing else of the customers and organizations.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn load(
        db: &impl ConnectionTrait,
        account: AccountId,
        of_customers: Vec<Uuid>,
        of_organizations: Vec<Uuid>,
    ) -> Result<Self> {
        use customers::Column as C;
        use organizations::Column as O;
        let email = [C::Id, C::AccountId, C::Email];
        let name = [O::Id, O::AccountId, O::Name];
        Ok(Self {
            emails: scope::texts_by_ids::<customers::Entity>(db, account, of_customers, email).await?,
            organizations: scope::texts_by_ids::<organizations::Entity>(db, account, of_organizations, name)
                .await?,
        })
    }

    /// Returns the address of a customer.
    pub fn email(&self, customer: Option<Uuid>) -> Option<String> {
        customer.and_then(|id| self.emails.get(&id).cloned())
    }

    /// Returns the name of an organization.
    pub fn organization(&self, organization: Option<Uuid>) -> Option<String> {
        organization.and_then(|id| self.organizations.get(&id).cloned())
    }
}
