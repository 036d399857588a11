//! Read models of organizations.

use serde::{Deserialize, Serialize};

use crate::organization::OrganizationInput;
use crate::{OrganizationId, Timestamp};

/// The query of the list of organizations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OrganizationQuery {
    /// Words of the name, the address or the domain.
    pub search: String,
    /// The organization that the page follows; `None` is the first page.
    pub after: Option<OrganizationId>,
}

/// An organization in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationRow {
    /// The id.
    pub id: OrganizationId,
    /// The name.
    pub name: String,
    /// The e-mail address, or empty.
    pub email: String,
    /// When the organization was made.
    pub created_at: Timestamp,
}

/// A page of the list of organizations, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationPage {
    /// The organizations.
    pub items: Vec<OrganizationRow>,
    /// The last organization of the page, if there are more.
    pub more: Option<OrganizationId>,
}

/// An organization on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationView {
    /// The id.
    pub id: OrganizationId,
    /// What is stored of it, as the form shows it.
    pub stored: OrganizationInput,
    /// Number of customers, at most [`super::MAX_LICENSES_COUNTED`] and one.
    pub customers: u32,
    /// Number of licenses, at most [`super::MAX_LICENSES_COUNTED`] and one.
    pub licenses: u32,
    /// The newest customers.
    pub newest_customers: Vec<super::CustomerHitRow>,
    /// When the organization was made.
    pub created_at: Timestamp,
}
