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
    pub by: By,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
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
    Shell,
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
    pub fn shell(account: AccountId) -> Self {
        Self { account, by: By::Shell }
    }

    /// A use case's first line.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the actor's role does not allow it.
    pub fn require(&self, permission: Permission) -> Result<()> {
        let may = match &self.by {
            By::Member { role, .. } | By::Token { role, .. } => role.may(permission),
            By::Shell | By::System => true,
            By::App { .. } => false,
        };
        if may { Ok(()) } else { Err(Error::Forbidden) }
    }
}

impl By {
    /// The kind, as the audit log keeps it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Member { .. } => "member",
            Self::Token { .. } => "token",
            Self::Shell => "shell",
            Self::App { .. } => "app",
            Self::System => "system",
        }
    }

    /// The person and the address, as the audit log keeps them.
    pub(crate) fn user_and_ip(&self) -> (Option<Uuid>, Option<String>) {
        match self {
            Self::Member { user, .. } => (Some(user.0), None),
            Self::Token { id, .. } => (Some(id.0), None),
            Self::App { ip } => (None, ip.clone()),
            Self::Shell | Self::System => (None, None),
        }
    }

    /// The name, as the audit log keeps it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Member { name, .. } | Self::Token { name, .. } => name,
            Self::Shell => "operator's shell",
            Self::App { .. } => "app",
            Self::System => "Countersign",
        }
    }
}
