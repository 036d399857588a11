//! The proof that a signed-in user operates the instance.

use domain::{AccountId, UserId};

use crate::account::Member;
use crate::{Actor, Error, Principal, Result};

/// A signed-in user who operates the instance. No role in an account makes a user an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    user: UserId,
    name: String,
}

impl Operator {
    /// Checks that the signed-in user is an operator. The first line of every use case of this folder.
    ///
    /// # Errors
    /// [`Error::NotFound`] for other users, who do not learn that there is anything.
    pub fn of(member: &Member) -> Result<Self> {
        match &member.actor.principal {
            Principal::Member { user, name, .. } if member.is_operator => {
                Ok(Self { user: *user, name: name.clone() })
            }
            principal => {
                let account = member.actor.account;
                tracing::warn!(%account, principal = principal.name(), "operator's page refused");
                Err(Error::NotFound)
            }
        }
    }

    /// Returns the operator as the actor of audit entries of an account.
    pub(super) fn actor(&self, account: AccountId) -> Actor {
        let principal = Principal::OperatorOnPages { user: self.user, name: self.name.clone() };
        Actor { account, principal }
    }
}
