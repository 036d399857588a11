//! The log of attempts, by pages.

use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;
use domain::view::WebhookLogEntry;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::show_log_entry::entries;
use crate::store::entity::webhook_attempts;
use crate::store::filter::{FilterColumn, ListColumns, SortColumn, load_page};
use crate::{Actor, Result, Service};

/// Returns a page of the account's log. Roles that may not see license keys get neither payloads nor answers.
///
/// # Errors
/// Returns an error if the role lacks the permission, a filter is not known, or the database fails.
#[tracing::instrument(name = "webhook.list_log", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_log(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<WebhookLogEntry>> {
    actor.require(Permission::Read)?;
    let db = service.store.list_reader();
    let mut rows =
        webhook_attempts::Entity::find().filter(webhook_attempts::Column::AccountId.eq(actor.account.0));
    // Entries have no words that a search finds.
    if let Some(id) = request.search.as_deref().and_then(|text| Uuid::parse_str(text.trim()).ok()) {
        rows = rows.filter(webhook_attempts::Column::Id.eq(id));
    }
    let columns = ListColumns {
        id: Expr::col(webhook_attempts::Column::Id),
        filter: &filter_column,
        pairs: None,
        sort: &sort_column,
    };
    let ListPage { items, has_more, total } = load_page(db, rows, request, columns).await?;
    let sees_keys = actor.allows(Permission::RevealKey);
    let items = entries(db, &service.keys, items, sees_keys).await?;
    Ok(ListPage { items, has_more, total })
}

fn filter_column(field: &'static str) -> Option<FilterColumn> {
    use webhook_attempts::Column as A;
    let column = match field {
        "id" => A::Id,
        "webhookId" => A::WebhookId,
        "eventId" => A::DeliveryId,
        "event" => A::Event,
        "status" => A::State,
        "statusCode" => A::StatusCode,
        "createdAt" => A::CreatedAt,
        "updatedAt" => A::UpdatedAt,
        _ => return None,
    };
    Some(FilterColumn::Of(Expr::col(column)))
}

/// Entries change within minutes after they were written, so that both orders are that of the index.
fn sort_column(field: &'static str) -> Option<SortColumn> {
    let is_known = matches!(field, "createdAt" | "updatedAt");
    is_known.then(|| SortColumn::Number(Expr::col(webhook_attempts::Column::CreatedAt)))
}
