//! Shows the settings of mails to customers.

use domain::ProductId;
use domain::permission::Permission;
use domain::view::{CustomerMailView, ProductReminders};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::stored::find;
use crate::store::entity::products;
use crate::unicode_host::email_to_unicode;
use crate::{Actor, Result, Service};

/// Most products that the page lists, the newest first.
const MAX_PRODUCTS_LISTED: u64 = 500;

/// Returns the settings. Also if mail is off.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "mail.show_customer_mail", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn show_customer_mail(service: &Service, actor: &Actor) -> Result<CustomerMailView> {
    actor.require(Permission::ManageMail)?;
    let db = service.store.read();
    let settings = find(db, actor.account).await?;
    let rows: Vec<(Uuid, String, bool)> = products::Entity::find()
        .select_only()
        .columns([products::Column::Id, products::Column::Name, products::Column::SendsReminders])
        .filter(products::Column::AccountId.eq(actor.account.0))
        .order_by_desc(products::Column::Id)
        .limit(MAX_PRODUCTS_LISTED)
        .into_tuple()
        .all(db)
        .await?;
    let view =
        |(id, name, sends_reminders)| ProductReminders { product: ProductId(id), name, sends_reminders };
    let mut products: Vec<ProductReminders> = rows.into_iter().map(view).collect();
    products.sort_by_key(|product| product.name.to_lowercase());
    Ok(CustomerMailView {
        sender_name: settings.sender_name.unwrap_or_default(),
        reply_to: settings.reply_to.map(email_to_unicode).unwrap_or_default(),
        sends_reminders: settings.sends_reminders,
        announces_activations: settings.announced_until.is_some(),
        products,
    })
}
