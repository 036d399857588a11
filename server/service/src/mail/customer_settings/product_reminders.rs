//! Switches reminders of one product.

use domain::ProductId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::store::entity::products;
use crate::store::{AuditEvent, scope};
use crate::{Actor, Result, Service};

/// Sets whether customers are reminded of the expiry of the product's licenses, if the account sends
/// reminders.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist, or the database fails.
#[tracing::instrument(name = "mail.set_product_reminders", skip_all, fields(account = %actor.account, product = %id), err(level = "debug"))]
pub async fn set_product_reminders(
    service: &Service,
    actor: &Actor,
    id: ProductId,
    sends_reminders: bool,
) -> Result<()> {
    actor.require(Permission::ManageMail)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_product(&txn, actor.account, id).await?;
    if row.sends_reminders == sends_reminders {
        return Ok(());
    }
    products::Entity::update_many()
        .col_expr(products::Column::SendsReminders, Expr::value(sends_reminders))
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(products::Column::Id.eq(id.0))
        .exec(txn.conn())
        .await?;
    let word = if sends_reminders { "on" } else { "off" };
    let entry = AuditEvent {
        event: Event::MailSettingsChanged,
        license: None,
        product: Some(id),
        detail: Some(format!("{}: reminders {word}", row.name)),
        payload: serde_json::json!({ "product_id": id, "reminders": sends_reminders }),
    };
    txn.record(actor, entry);
    txn.commit().await
}
