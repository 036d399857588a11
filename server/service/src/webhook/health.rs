//! The health of all webhooks, for the operator.

use domain::view::WebhookHealth;
use domain::webhook::WebhookStatus;
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::store::entity::webhooks;
use crate::{Result, Service};

/// Returns how many webhooks fail.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn health(service: &Service) -> Result<WebhookHealth> {
    let failing: Vec<String> = webhooks::Entity::find()
        .select_only()
        .column(webhooks::Column::Status)
        // A literal, because the index is partial.
        .filter(Expr::cust("status <> 'healthy'"))
        .into_tuple()
        .all(service.store.read())
        .await?;
    let is_suspended = |word: &&String| word.as_str() == WebhookStatus::Suspended.as_str();
    let suspended = failing.iter().filter(is_suspended).count() as u64;
    Ok(WebhookHealth { unhealthy: failing.len() as u64 - suspended, suspended })
}
