//! Pages of the account's API tokens, and one token, for the management API.

use domain::ApiTokenId;
use domain::filter::{Folding, ListPage, ListRequest};
use domain::permission::Permission;
use domain::view::ApiTokenRow;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select};

use super::view::view;
use crate::store::entity::api_tokens::{Column, Entity};
use crate::store::filter::{FilterColumn, ListColumns, SortColumn, load_page, search_names};
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
    let rows = select(actor, visible)?;
    let id = Expr::col(Column::Id);
    let rows = search_names(service.store.backend(), rows, request, &id, &Expr::col(Column::Name));
    let columns = ListColumns { id, filter: &filter_column, pairs: None, sort: &sort_column };
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
