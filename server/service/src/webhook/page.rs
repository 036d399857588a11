//! Pages of the account's webhooks, for the management API.

use domain::filter::{Folding, ListPage, ListRequest};
use domain::permission::Permission;
use domain::view::WebhookView;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::view;
use crate::store::entity::webhooks::{Column, Entity};
use crate::store::filter::{FilterColumn, ListColumns, SortColumn, load_page, search_names};
use crate::{Actor, Result, Service};

/// Returns a page of the account's webhooks.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "webhook.list_page", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_page(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<WebhookView>> {
    actor.require(Permission::Read)?;
    let rows = Entity::find().filter(Column::AccountId.eq(actor.account.0));
    let id = Expr::col(Column::Id);
    let rows = search_names(service.store.backend(), rows, request, &id, &Expr::col(Column::Name));
    let columns = ListColumns { id, filter: &filter_column, pairs: None, sort: &sort_column };
    let ListPage { items, has_more, total } = load_page(service.store.read(), rows, request, columns).await?;
    let items = items.iter().map(view::webhook).collect::<Result<_>>()?;
    Ok(ListPage { items, has_more, total })
}

fn filter_column(name: &'static str) -> Option<FilterColumn> {
    let column = match name {
        "id" => Column::Id,
        "createdAt" => Column::CreatedAt,
        "updatedAt" => Column::UpdatedAt,
        "name" => Column::Name,
        "url" => Column::Url,
        "status" => Column::Status,
        "enabled" | "active" => Column::IsEnabled,
        _ => return None,
    };
    Some(FilterColumn::Of(Expr::col(column)))
}

fn sort_column(name: &'static str) -> Option<SortColumn> {
    Some(match name {
        "createdAt" => SortColumn::Number(Expr::col(Column::CreatedAt)),
        "updatedAt" => SortColumn::Number(Expr::col(Column::UpdatedAt)),
        "name" => SortColumn::Text(Folding::Ascii, Expr::col(Column::Name)),
        _ => return None,
    })
}
