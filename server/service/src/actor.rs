//! The actor of a use case: an account and a principal.

use domain::permission::{Permission, Role};
use domain::{AccountId, ApiTokenId, CustomerId, ShopConnectionId, UserId};
use uuid::Uuid;

use crate::{Error, Result};

/// The actor, first argument of every seller's use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account that every query is restricted to.
    pub account: AccountId,
    /// The principal.
    pub principal: Principal,
}

/// A principal: who performs an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A signed-in member.
    Member {
        /// The user's id.
        user: UserId,
        /// The user's name for the audit log.
        name: String,
        /// The member's role.
        role: Role,
        /// The address of the request, if known.
        ip: Option<String>,
    },
    /// A seller's own system with an API token.
    Token {
        /// The token's id.
        id: ApiTokenId,
        /// The token's name for the audit log.
        name: String,
        /// The token's role.
        role: Role,
        /// The address of the request, if known.
        ip: Option<String>,
    },
    /// The operator at a shell of the server.
    Operator,
    /// An operator on the operator's pages. Acts on accounts, and within none.
    OperatorOnPages {
        /// The user's id.
        user: UserId,
        /// The user's name for the audit log.
        name: String,
    },
    /// A customer's app on the public API. Its permissions come from the license key, not from a
    /// role.
    App {
        /// The client's address, if known.
        ip: Option<String>,
    },
    /// A customer on the customer's page. The permissions come from the key or the link that opened it, not
    /// from a role.
    Customer {
        /// The customer who holds the license, if it has one.
        customer: Option<CustomerId>,
        /// The client's address, if known.
        ip: Option<String>,
    },
    /// A shop of the seller, by an event that its provider signed. It issues and changes licenses and nothing else.
    Shop {
        /// The connection's id.
        connection: ShopConnectionId,
        /// The connection's name for the audit log.
        name: String,
    },
    /// The server itself.
    System,
}

impl Actor {
    /// Creates the operator as actor in an account.
    #[must_use]
    pub fn operator(account: AccountId) -> Self {
        Self { account, principal: Principal::Operator }
    }

    /// Adds the address of a request.
    #[must_use]
    pub fn with_ip(mut self, address: Option<String>) -> Self {
        if let Principal::Member { ip, .. } | Principal::Token { ip, .. } | Principal::Customer { ip, .. } =
            &mut self.principal
        {
            *ip = address;
        }
        self
    }

    /// Returns whether the principal has the permission.
    #[must_use]
    pub fn allows(&self, permission: Permission) -> bool {
        match &self.principal {
            Principal::Member { role, .. } | Principal::Token { role, .. } => role.allows(permission),
            Principal::Shop { .. } => permission == Permission::WriteLicense,
            Principal::Operator | Principal::System => true,
            Principal::OperatorOnPages { .. } | Principal::App { .. } | Principal::Customer { .. } => false,
        }
    }

    /// Returns the address of a member's or token's request, if known.
    #[must_use]
    pub fn ip(&self) -> Option<&str> {
        match &self.principal {
            Principal::Member { ip, .. } | Principal::Token { ip, .. } => ip.as_deref(),
            _ => None,
        }
    }

    /// Returns the user of a signed-in member.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the principal is no member.
    pub fn own_user(&self) -> Result<UserId> {
        match &self.principal {
            Principal::Member { user, .. } => Ok(*user),
            _ => Err(Error::Forbidden),
        }
    }

    /// Checks the permission. The first line of every use case.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the principal's role lacks the permission.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.allows(permission) {
            return Ok(());
        }
        let (account, name) = (self.account, self.principal.name());
        tracing::warn!(%account, principal = name, ?permission, "permission refused");
        Err(Error::Forbidden)
    }
}

impl Principal {
    /// Returns the stored kind for the audit log.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Member { .. } => "member",
            Self::Token { .. } => "token",
            // The stored word of the operator, from the time when there were commands alone.
            Self::Operator | Self::OperatorOnPages { .. } => "shell",
            Self::App { .. } => "app",
            Self::Customer { .. } => "customer",
            Self::Shop { .. } => "shop",
            Self::System => "system",
        }
    }

    /// Returns the id of the user or token, and the client's address, for the audit log.
    pub(crate) fn actor_id_and_ip(&self) -> (Option<Uuid>, Option<String>) {
        match self {
            Self::Member { user, ip, .. } => (Some(user.0), ip.clone()),
            // Sellers do not learn the address of the operator.
            Self::OperatorOnPages { user, .. } => (Some(user.0), None),
            Self::Token { id, ip, .. } => (Some(id.0), ip.clone()),
            Self::App { ip } => (None, ip.clone()),
            Self::Customer { customer, ip } => (customer.map(|customer| customer.0), ip.clone()),
            Self::Shop { connection, .. } => (Some(connection.0), None),
            Self::Operator | Self::System => (None, None),
        }
    }

    /// Returns the name for the audit log.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Member { name, .. }
            | Self::Token { name, .. }
            | Self::OperatorOnPages { name, .. }
            | Self::Shop { name, .. } => name,
            Self::Operator => "operator's shell",
            Self::App { .. } => "app",
            // The license of the entry leads to the customer, whose name an erasure must find in one place.
            Self::Customer { .. } => "customer",
            Self::System => "Countersign",
        }
    }
}
