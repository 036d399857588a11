//! Who does something, and in whose name.

use domain::permission::{Permission, Role};
use domain::{AccountId, ApiTokenId, UserId};
use uuid::Uuid;

use crate::{Error, Result};

/// The first argument of every seller's use case: no actor, no call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The tenant within which everything happens.
    pub account: AccountId,
    /// Who acts.
    pub principal: Principal,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person who signed in.
    Member {
        /// Who.
        user: UserId,
        /// Their name, as the audit log keeps it.
        name: String,
        /// What they may do.
        role: Role,
    },
    /// A seller's own system, with a bearer token.
    Token {
        /// Which.
        id: ApiTokenId,
        /// Its name, as the audit log keeps it.
        name: String,
        /// What it may do.
        role: Role,
    },
    /// The operator, at a shell of the server.
    Operator,
    /// A customer's app, over the public API. May do what the key allows it,
    /// and nothing of the seller's.
    App {
        /// The client's address, where it is known.
        ip: Option<String>,
    },
    /// The server itself.
    System,
}

impl Actor {
    /// The operator's shell, within an account.
    #[must_use]
    pub fn operator(account: AccountId) -> Self {
        Self { account, principal: Principal::Operator }
    }

    /// A use case's first line.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the actor's role does not allow it.
    pub fn require(&self, permission: Permission) -> Result<()> {
        let may = match &self.principal {
            Principal::Member { role, .. } | Principal::Token { role, .. } => role.allows(permission),
            Principal::Operator | Principal::System => true,
            Principal::App { .. } => false,
        };
        if may { Ok(()) } else { Err(Error::Forbidden) }
    }
}

impl Principal {
    /// The kind, as the audit log keeps it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Member { .. } => "member",
            Self::Token { .. } => "token",
            Self::Operator => "shell",
            Self::App { .. } => "app",
            Self::System => "system",
        }
    }

    /// The person and the address, as the audit log keeps them.
    pub(crate) fn actor_id_and_ip(&self) -> (Option<Uuid>, Option<String>) {
        match self {
            Self::Member { user, .. } => (Some(user.0), None),
            Self::Token { id, .. } => (Some(id.0), None),
            Self::App { ip } => (None, ip.clone()),
            Self::Operator | Self::System => (None, None),
        }
    }

    /// The name, as the audit log keeps it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Member { name, .. } | Self::Token { name, .. } => name,
            Self::Operator => "operator's shell",
            Self::App { .. } => "app",
            Self::System => "Countersign",
        }
    }
}
