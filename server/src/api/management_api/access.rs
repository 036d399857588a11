//! Who calls: the bearer token of a request and what it may do (management API contract, 1.1 and 1.8).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use domain::permission::Role;
use domain::{AccountId, CustomerId, Scope, ScopeSet};
use http::request::Parts;
use service::access::{Access, Holder};
use service::{Actor, Principal};
use uuid::Uuid;

use super::error::{ManagementError, Result};

/// The caller of a request: an extractor for handlers. A handler without it needs no token.
#[derive(Debug, Clone)]
pub struct Caller {
    access: Arc<Access>,
    /// The actor with the address of this request.
    actor: Actor,
}

impl Caller {
    /// Creates the caller of a request that comes from `address`.
    pub(super) fn new(access: Arc<Access>, address: Option<String>) -> Self {
        let actor = access.actor.clone().with_ip(address);
        Self { access, actor }
    }

    /// Returns the actor for use cases.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Returns the account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.actor.account
    }

    /// Returns the token's id, by which requests and idempotency keys are counted.
    #[must_use]
    pub fn token(&self) -> Uuid {
        self.access.token
    }

    /// Returns whom the token stands for.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.access.holder
    }

    /// Returns the customer of a customer's access token, which may do `/me*` alone.
    #[must_use]
    pub fn customer(&self) -> Option<CustomerId> {
        match self.access.holder {
            Holder::Customer(customer) => Some(customer),
            Holder::ApiToken(_) | Holder::Member(_) => None,
        }
    }

    /// Returns the role behind the token: of the member, or of the member who made the token. `None` for a
    /// customer.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        match &self.actor.principal {
            Principal::Member { role, .. } | Principal::Token { role, .. } => Some(*role),
            _ => None,
        }
    }

    /// Returns the scopes.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        self.access.scopes
    }

    /// Returns whether the token has the scope.
    #[must_use]
    pub fn allows(&self, scope: Scope) -> bool {
        self.access.scopes.contains(scope)
    }

    /// Checks a scope. The first line of every handler; the use case checks the role's permission beside it.
    ///
    /// # Errors
    /// [`ManagementError::MissingScope`] (403) if the token lacks the scope.
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.allows(scope) { Ok(()) } else { Err(ManagementError::MissingScope(scope)) }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ManagementError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        // The middleware of all routes has checked the token.
        parts.extensions.get::<Self>().cloned().ok_or(ManagementError::Unauthorized)
    }
}
