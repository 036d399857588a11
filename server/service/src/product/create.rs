//! Creates a product.

use domain::Timestamp;
use domain::event::Event;
use domain::permission::Permission;
use domain::product::ProductSettings;
use domain::view::ProductView;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, QueryOrder as _, QuerySelect as _, Set};

use super::event::product_event;
use super::slug;
use crate::account::suspension::are_apps_stopped;
use crate::error::is_duplicate;
use crate::license_template::insert_for_product;
use crate::store::entity::{instance, products};
use crate::store::{WriteTxn, convert};
use crate::{Actor, Error, Result, Service, new_id, trial_policy};

/// Maximum number of attempts to get a public number under concurrent inserts.
const MAX_NUMBER_ATTEMPTS: usize = 8;

/// Creates a product.
///
/// # Errors
/// Returns an error if the role lacks the permission, the slug is in use, or the database fails.
#[tracing::instrument(name = "product.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(service: &Service, actor: &Actor, settings: ProductSettings) -> Result<ProductView> {
    actor.require(Permission::WriteProduct)?;
    for _ in 0..MAX_NUMBER_ATTEMPTS {
        let mut txn = service.begin_write().await?;
        match insert_product(&mut txn, actor, &settings, service.now()).await {
            Ok(row) => {
                txn.commit().await?;
                return Ok(convert::product_view(row));
            }
            Err(Error::Database(e)) if is_duplicate(&e) => {
                let message = e.to_string();
                // The message names the constraint on PostgreSQL, the column on SQLite.
                if message.contains("slug") {
                    return Err(Error::invalid("slug", "Another product of yours has this slug."));
                }
            }
            Err(e) => return Err(e),
        }
    }
    Err(Error::Internal("no free product number found".into()))
}

/// Inserts a product with the next public number, above that of every product that ever was.
pub(crate) async fn insert_product(
    txn: &mut WriteTxn,
    actor: &Actor,
    settings: &ProductSettings,
    now: Timestamp,
) -> Result<products::Model> {
    insert_product_with(txn, actor, settings, now, |_| {}).await
}

/// Like [`insert_product`], with columns that `extend` sets. A product without a template gets one of its own, and so
/// does a product whose trials have no policy.
pub(super) async fn insert_product_with(
    txn: &mut WriteTxn,
    actor: &Actor,
    settings: &ProductSettings,
    now: Timestamp,
    extend: impl FnOnce(&mut products::ActiveModel),
) -> Result<products::Model> {
    let settings = &slug::with_free_slug(txn, actor.account, settings, None).await?;
    let highest: Option<i64> = products::Entity::find()
        .select_only()
        .column(products::Column::Number)
        .order_by_desc(products::Column::Number)
        .into_tuple()
        .one(txn.conn())
        .await?;
    // Read after the products: a product that is deleted meanwhile is in one of both.
    let retired: Option<i64> = instance::Entity::find_by_id(1)
        .select_only()
        .column(instance::Column::RetiredProductNumber)
        .into_tuple()
        .one(txn.conn())
        .await?;
    let mut row = products::ActiveModel {
        id: Set(new_id()),
        account_id: Set(actor.account.0),
        number: Set(highest.max(retired).unwrap_or(0) + 1),
        license_count: Set(0),
        trials_used: Set(0),
        created_at: Set(now.millis()),
        updated_at: Set(now.millis()),
        // The operator's commands also work in a suspended account.
        apps_stopped: Set(are_apps_stopped(txn.conn(), actor.account).await?),
        ..Default::default()
    };
    convert::set_settings(&mut row, settings);
    extend(&mut row);
    let mut row = row.insert(txn.conn()).await?;
    if row.template_id.is_none() {
        row = insert_for_product(txn, row).await?;
    }
    if row.trial_policy_id.is_none() {
        row = trial_policy::insert_for_product(txn, row).await?;
    }
    txn.record(actor, product_event(Event::ProductCreated, &row));
    Ok(row)
}
