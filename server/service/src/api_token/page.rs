//! Pages of the account's API tokens, and one token, for the management API.

use domain::ApiTokenId;
use domain::filter::{Folding, ListPage, ListRequest};
use domain::permission::Permission;
use domain::view::ApiTokenRow;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, Select};

use super::view::view;
use crate::store::entity::api_tokens::{Column, Entity};
use crate::store::filter::{FilterColumn, ListColumns, SortColumn, folded, load_page};
use crate::{Actor, Error, Principal, Result, Service};

/// The tokens that a caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visible {
    /// All tokens of the account.
    All,
    /// The calling token alone. None if the caller is no API token.
    Own,
}

/// Returns a page of the account's tokens.
///
/// # Errors
/// Returns an error if the role lacks the permission to see all, or the database fails.
#[tracing::instrument(name = "api_token.list_page", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_page(
    service: &Service,
    actor: &Actor,
    visible: Visible,
    request: &ListRequest,
) -> Result<ListPage<ApiTokenRow>> {
    let mut rows = select(actor, visible)?;
    if let Some(text) = &request.search {
        for word in text.split_whitespace() {
            rows = rows.filter(has_word(service, word));
        }
    }
    let columns =
        ListColumns { id: Expr::col(Column::Id), filter: &filter_column, pairs: None, sort: &sort_column };
    Ok(load_page(service.store.list_reader(), rows, request, columns).await?.map(view))
}

/// Returns one token.
///
/// # Errors
/// [`Error::NotFound`] if the actor sees no such token, or an error of the database.
pub async fn find(service: &Service, actor: &Actor, visible: Visible, id: ApiTokenId) -> Result<ApiTokenRow> {
    let row = select(actor, visible)?.filter(Column::Id.eq(id.0)).one(service.store.read()).await?;
    row.map(view).ok_or(Error::NotFound)
}

/// Selects the tokens that the actor sees.
fn select(actor: &Actor, visible: Visible) -> Result<Select<Entity>> {
    let rows = Entity::find().filter(Column::AccountId.eq(actor.account.0));
    match (visible, &actor.principal) {
        (Visible::All, _) => {
            actor.require(Permission::ManageTokens)?;
            Ok(rows)
        }
        (Visible::Own, Principal::Token { id, .. }) => Ok(rows.filter(Column::Id.eq(id.0))),
        (Visible::Own, _) => Ok(rows.filter(Expr::cust("1 = 0"))),
    }
}

/// Returns the condition that a word of the name begins with `word`.
fn has_word(service: &Service, word: &str) -> Condition {
    use sea_orm::sea_query::LikeExpr;
    let word = word.to_ascii_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let name = || folded(service.store.backend(), Folding::Ascii, Expr::col(Column::Name));
    Condition::any()
        .add(name().like(LikeExpr::new(format!("{word}%")).escape('!')))
        .add(name().like(LikeExpr::new(format!("% {word}%")).escape('!')))
}

fn updated_at() -> Expr {
    Expr::cust("COALESCE(updated_at, created_at)")
}

fn filter_column(name: &'static str) -> Option<FilterColumn> {
    Some(FilterColumn::Of(match name {
        "id" => Expr::col(Column::Id),
        "createdAt" => Expr::col(Column::CreatedAt),
        "updatedAt" => updated_at(),
        "name" => Expr::col(Column::Name),
        "expiresAt" => Expr::col(Column::ExpiresAt),
        "lastUsedAt" => Expr::col(Column::LastUsedAt),
        "revoked" => Expr::cust("(revoked_at IS NOT NULL)"),
        _ => return None,
    }))
}

fn sort_column(name: &'static str) -> Option<SortColumn> {
    Some(match name {
        "createdAt" => SortColumn::Number(Expr::col(Column::CreatedAt)),
        "updatedAt" => SortColumn::Number(updated_at()),
        "name" => SortColumn::Text(Folding::Ascii, Expr::col(Column::Name)),
        _ => return None,
    })
}
