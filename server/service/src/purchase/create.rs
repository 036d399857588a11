//! Makes a connection to a shop.

use domain::ProductId;
use domain::event::Event;
use domain::permission::Permission;
use domain::purchase::{MAX_CONNECTIONS, ShopProvider, ShopSecret, ShopSettings};
use domain::view::ShopConnectionView;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _,
};

use super::audit_event::audit_event;
use super::{sealed, view};
use crate::store::entity::shop_connections;
use crate::store::{convert, scope};
use crate::{Actor, Error, Result, Service, new_id};

/// A connection to make. Has no `Debug`, because of its secret.
pub struct NewShop {
    /// The provider.
    pub provider: ShopProvider,
    /// The product of its licenses.
    pub product: ProductId,
    /// The settings.
    pub settings: ShopSettings,
    /// The secret by which the provider signs. `None`: the seller gets it for the address of the new connection, and
    /// sets it then. No event is taken before.
    pub secret: Option<ShopSecret>,
}

/// Makes a connection.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such product, or the database fails;
/// [`Error::Conflict`] if the product is archived or the account has 50 connections.
#[tracing::instrument(name = "purchase.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(service: &Service, actor: &Actor, new: NewShop) -> Result<ShopConnectionView> {
    actor.require(Permission::ManageWebhooks)?;
    let mut txn = service.begin_write().await?;
    scope::lock_account(&txn, actor.account).await?;
    let product = scope::product(txn.conn(), actor.account, new.product).await?;
    convert::availability(&product).ensure_issuable()?;
    let of_account =
        shop_connections::Entity::find().filter(shop_connections::Column::AccountId.eq(actor.account.0));
    if of_account.count(txn.conn()).await? >= MAX_CONNECTIONS {
        return Err(Error::Conflict(format!("An account has at most {MAX_CONNECTIONS} connections.")));
    }
    let (id, now) = (new_id(), txn.now().millis());
    let ShopSettings {
        name,
        issues_unmapped,
        on_payment_failed,
        on_refund,
        on_cancellation,
        grace_days,
        sends_keys,
        accepts_test_events,
    } = new.settings;
    let row = shop_connections::Model {
        id,
        account_id: actor.account.0,
        product_id: product.id,
        provider: new.provider.as_str().to_owned(),
        name: name.to_string(),
        secret_sealed: new
            .secret
            .as_ref()
            .map(|it| sealed::seal_secret(&service.keys, id, it))
            .transpose()?,
        secret_last_four: new.secret.as_ref().map(ShopSecret::last_four),
        issues_unmapped,
        on_payment_failed: on_payment_failed.as_str().to_owned(),
        on_refund: on_refund.as_str().to_owned(),
        on_cancellation: on_cancellation.as_str().to_owned(),
        grace_days: i32::try_from(grace_days).unwrap_or(0),
        sends_keys,
        created_at: now,
        updated_at: now,
        accepts_test_events,
        former_secret_sealed: None,
        former_secret_until: None,
    };
    let shown = view::connection(&row, &product.name)?;
    let insert = row.into_active_model().reset_all();
    shop_connections::Entity::insert(insert).exec_without_returning(txn.conn()).await?;
    let mut entry = audit_event(Event::ShopConnectionCreated, id, shown.name.clone());
    entry.product = Some(shown.product);
    txn.record_about(actor, id, entry);
    txn.commit().await?;
    Ok(shown)
}
