//! The deliveries of a webhook, for its page.

use domain::permission::Permission;
use domain::view::DeliveryPage;
use domain::webhook::DeliveryState;
use domain::{WebhookDeliveryId, WebhookId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use crate::store::entity::webhook_deliveries;
use crate::webhook::view::DeliverySummary;
use crate::webhook::{scope, view};
use crate::{Actor, Result, Service};

/// Deliveries per page.
const PAGE_SIZE: usize = 30;

/// Returns the deliveries of a webhook that are older than `before`, the newest first; of one state, if it is given.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such webhook, or the database fails.
#[tracing::instrument(name = "webhook.list_deliveries", skip_all, fields(account = %actor.account, webhook = %id), err(level = "debug"))]
pub async fn list_deliveries(
    service: &Service,
    actor: &Actor,
    id: WebhookId,
    state: Option<DeliveryState>,
    before: Option<WebhookDeliveryId>,
) -> Result<DeliveryPage> {
    use webhook_deliveries::Column as D;
    actor.require(Permission::Read)?;
    let db = service.store.list_reader();
    let webhook = view::webhook(&scope::webhook(db, actor.account, id).await?)?;
    let mut find = webhook_deliveries::Entity::find()
        .select_only()
        .columns([D::Id, D::Event, D::State, D::Attempts, D::DueAt, D::CreatedAt])
        .filter(D::WebhookId.eq(id.0))
        // Always a range of ids, so that the first page reads no more than the others.
        .filter(D::Id.lt(before.map_or(Uuid::max(), |id| id.0)));
    if let Some(state) = state {
        find = find.filter(D::State.eq(state.as_str()));
        if state != DeliveryState::Succeeded {
            // A literal, because the index is partial.
            find = find.filter(Expr::cust("state <> 'succeeded'"));
        }
    }
    let mut rows =
        find.order_by_desc(D::Id).limit(PAGE_SIZE as u64 + 1).into_model::<DeliverySummary>().all(db).await?;
    let more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let older = rows.last().filter(|_| more).map(|row| WebhookDeliveryId(row.id));
    let deliveries = rows.iter().map(view::delivery).collect::<Result<_>>()?;
    Ok(DeliveryPage { webhook, deliveries, older })
}
