//! The memberships of an account, locked until the transaction ends.

use domain::event::Event;
use domain::permission::{Role, may_assign};
use domain::{AccountId, FieldError, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::store::entity::{memberships, users};
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Error, Principal, Result};

/// All memberships of an account. No other transaction changes or deletes one of them meanwhile.
pub(super) struct LockedMembers(Vec<memberships::Model>);

impl LockedMembers {
    /// Locks the memberships in the order of their users. A write transaction of SQLite locks the whole
    /// database.
    pub async fn lock(txn: &WriteTxn, account: AccountId) -> Result<Self> {
        let mut find = memberships::Entity::find()
            .filter(memberships::Column::AccountId.eq(account.0))
            .order_by_asc(memberships::Column::UserId);
        if txn.needs_row_locks() {
            find = find.lock_exclusive();
        }
        Ok(Self(find.all(txn.conn()).await?))
    }

    /// Returns the role of a member.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the user is no member of the account.
    pub fn role(&self, user: UserId) -> Result<Role> {
        let member = self.0.iter().find(|member| member.user_id == user.0).ok_or(Error::NotFound)?;
        parse_role(&member.role)
    }

    /// Checks that the actor may change a member's role from `from` to `to` ([`may_assign`]). Decides by the
    /// present role of the actor, because another member may have changed it since the request began.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the actor may not.
    pub fn require(&self, actor: &Actor, from: Option<Role>, to: Option<Role>) -> Result<()> {
        let role = match &actor.principal {
            Principal::Member { user, .. } => self.role(*user).map_err(|error| match error {
                Error::NotFound => Error::Forbidden,
                other => other,
            })?,
            Principal::Token { role, .. } => *role,
            Principal::Operator | Principal::System => Role::Owner,
            Principal::OperatorOnPages { .. }
            | Principal::App { .. }
            | Principal::Customer { .. }
            | Principal::Shop { .. } => {
                return Err(Error::Forbidden);
            }
        };
        if may_assign(role, from, to) { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// Checks that the account keeps an owner without this user.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the user is the last owner.
    pub fn require_other_owner(&self, user: UserId) -> Result<()> {
        let mut owners = self.0.iter().filter(|member| member.role == Role::Owner.as_str()).peekable();
        if owners.peek().is_some() && owners.all(|member| member.user_id == user.0) {
            let text = "This is the last owner of the account. Make another member an owner first.";
            return Err(Error::Conflict(text.into()));
        }
        Ok(())
    }
}

/// Parses a stored role.
pub(super) fn parse_role(word: &str) -> Result<Role> {
    word.parse().map_err(|e: FieldError| Error::Internal(e.to_string()))
}

/// Stores the new role of a member.
pub(super) async fn set_role(txn: &WriteTxn, account: AccountId, user: UserId, role: Role) -> Result<()> {
    memberships::Entity::update_many()
        .col_expr(memberships::Column::Role, Expr::value(role.as_str()))
        .filter(memberships::Column::UserId.eq(user.0))
        .filter(memberships::Column::AccountId.eq(account.0))
        .exec(txn.conn())
        .await?;
    Ok(())
}

/// Returns the name of a user, for audit entries.
pub(super) async fn user_name(txn: &WriteTxn, user: UserId) -> Result<String> {
    let row = users::Entity::find_by_id(user.0).one(txn.conn()).await?;
    row.map(|row| row.name).ok_or(Error::NotFound)
}

/// Creates an event about a member. Its payload holds no personal data, because outbox events cannot be
/// erased from the systems that receive them.
pub(super) fn audit_event(event: Event, user: UserId, detail: String) -> AuditEvent {
    AuditEvent {
        event,
        license: None,
        product: None,
        detail: Some(detail),
        payload: serde_json::json!({ "user_id": user }),
    }
}
