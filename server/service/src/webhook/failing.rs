//! The failing webhooks of an account, for the overview.

use domain::permission::Permission;
use domain::view::WebhookView;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::view;
use crate::store::entity::webhooks;
use crate::{Actor, Result, Service};

/// Webhooks on the overview.
const MAX_SHOWN: u64 = 5;

/// Returns enabled webhooks whose receivers fail, the oldest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "webhook.list_failing", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_failing(service: &Service, actor: &Actor) -> Result<Vec<WebhookView>> {
    actor.require(Permission::Read)?;
    let rows = webhooks::Entity::find()
        .filter(webhooks::Column::AccountId.eq(actor.account.0))
        // A literal, because the index is partial.
        .filter(Expr::cust("status <> 'healthy'"))
        .filter(webhooks::Column::IsEnabled.eq(true))
        .order_by_asc(webhooks::Column::Id)
        .limit(MAX_SHOWN)
        .all(service.store.read())
        .await?;
    rows.iter().map(view::webhook).collect()
}
