//! Makes a product for a program.

use domain::ProductId;
use domain::permission::Permission;
use domain::product::ProductSettings;
use sea_orm::{EntityTrait as _, Set};

use super::terms::{ProductRefusal, ProductTerms, find_policy, find_template, merge_metadata, set_policy};
use crate::error::is_duplicate;
use crate::license_template::RuleColumns;
use crate::product::create::insert_product_with;
use crate::product::record::{ProductRecord, load_many};
use crate::store::entity::products;
use crate::{Actor, Error, Result, Service};

/// Attempts to get a public number under concurrent inserts.
const MAX_ATTEMPTS: usize = 8;

/// Makes a product. Without a template it gets one of its own.
///
/// # Errors
/// Returns an error if the role lacks the permission, the name is missing, or the database fails.
#[tracing::instrument(name = "product.create_by_program", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create_by_program(
    service: &Service,
    actor: &Actor,
    new: &ProductTerms,
) -> Result<Result<ProductRecord, ProductRefusal>> {
    actor.require(Permission::WriteProduct)?;
    let name = new.name.clone().ok_or_else(|| Error::invalid("name", "The name is required."))?;
    for _ in 0..MAX_ATTEMPTS {
        let mut txn = service.begin_write().await?;
        let template = match find_template(&txn, actor, new.template).await? {
            Ok(template) => template,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let policy = match find_policy(&txn, actor, new.trial_policy.flatten()).await? {
            Ok(policy) => policy,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let settings = ProductSettings::with_name(name.clone());
        let now = txn.now();
        let metadata = merge_metadata(Vec::new(), &new.metadata, now)?;
        let created = new.created_at.unwrap_or(now);
        let extend = |row: &mut products::ActiveModel| {
            if let Some(id) = new.id {
                row.id = Set(id.0);
            }
            row.created_at = Set(created.millis());
            row.updated_at = Set(new.updated_at.unwrap_or(created).millis());
            row.display_name = Set(new.display_name.clone().unwrap_or_default());
            row.description = Set(new.description.clone().unwrap_or_default());
            row.metadata = Set(serde_json::json!(metadata).to_string());
            if let Some(template) = &template {
                RuleColumns::of_template(template).write_product(row);
                row.template_id = Set(Some(template.id));
            }
            if let Some(policy) = &policy {
                set_policy(row, policy);
            }
        };
        match insert_product_with(&mut txn, actor, &settings, now, extend).await {
            Ok(row) => {
                let record = load_many(txn.conn(), actor.account, &[ProductId(row.id)]).await?.pop();
                txn.commit().await?;
                return Ok(Ok(record.ok_or(Error::NotFound)?));
            }
            // Another transaction has taken the number or the slug, unless the id itself is taken.
            Err(Error::Database(error)) if is_duplicate(&error) => {
                drop(txn);
                if let Some(id) = new.id
                    && products::Entity::find_by_id(id.0).one(service.store.read()).await?.is_some()
                {
                    return Err(Error::invalid("id", "Another product has this id."));
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::Internal("no free product number found".into()))
}
