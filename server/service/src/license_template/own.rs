//! The template that a product has of its own, which follows the product's form.

use domain::event::Event;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::changes::template_changes;
use super::event::template_event;
use super::rule_columns::RuleColumns;
use crate::store::WriteTxn;
use crate::store::entity::{license_templates, products};
use crate::{Actor, Result, new_id};

/// Inserts a template with the rules of a product. `like` is the template that the product had, whose requirements
/// go on.
async fn insert(
    txn: &WriteTxn,
    account: Uuid,
    name: &str,
    columns: &RuleColumns,
    like: Option<&license_templates::Model>,
) -> Result<license_templates::Model> {
    let now = txn.now().millis();
    let names = |of: fn(&license_templates::Model) -> &String| {
        like.map_or_else(|| "[]".to_owned(), |row| of(row).clone())
    };
    let mut row = license_templates::ActiveModel {
        id: Set(new_id()),
        account_id: Set(account),
        name: Set(name.to_owned()),
        required_metadata: Set(names(|row| &row.required_metadata)),
        required_meters: Set(names(|row| &row.required_meters)),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    columns.write_template(&mut row);
    Ok(row.insert(txn.conn()).await?)
}

/// Inserts the template of a product that was just inserted. Returns the product's row with it.
pub(crate) async fn insert_for_product(txn: &WriteTxn, row: products::Model) -> Result<products::Model> {
    let template = insert(txn, row.account_id, &row.name, &RuleColumns::of_product(&row), None).await?;
    let mut update = row.into_active_model();
    update.template_id = Set(Some(template.id));
    Ok(update.update(txn.conn()).await?)
}

/// Writes the template of a product whose row was just changed, and records the template's change. A template that
/// other products use stays, and the product gets one of its own. Returns the product's row.
pub(crate) async fn follow_product(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: products::Model,
) -> Result<products::Model> {
    let columns = RuleColumns::of_product(&row);
    let template = match row.template_id {
        Some(id) => license_templates::Entity::find_by_id(id).one(txn.conn()).await?,
        None => None,
    };
    let template = template.filter(|template| template.account_id == row.account_id);
    if template.as_ref().is_some_and(|template| RuleColumns::of_template(template) == columns) {
        return Ok(row);
    }
    if let Some(template) = &template {
        // The product may have got this template after `lock_rules`.
        lock_template(txn, template.id).await?;
    }
    if let Some(template) = &template
        && !is_shared(txn, &row).await?
    {
        let mut update = template.clone().into_active_model();
        columns.write_template(&mut update);
        update.updated_at = Set(txn.now().millis());
        let stored = update.update(txn.conn()).await?;
        let changes = template_changes(template, &stored);
        txn.record(actor, template_event(Event::LicenseTemplateUpdated, &stored).changes(changes));
        return Ok(row);
    }
    let own = insert(txn, row.account_id, &row.name, &columns, template.as_ref()).await?;
    txn.record(actor, template_event(Event::LicenseTemplateCreated, &own));
    let mut update = row.into_active_model();
    update.template_id = Set(Some(own.id));
    Ok(update.update(txn.conn()).await?)
}

/// Locks a template against changes, and against products that choose it.
pub(crate) async fn lock_template(txn: &WriteTxn, id: Uuid) -> Result<()> {
    if txn.needs_row_locks() {
        license_templates::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(txn.conn()).await?;
    }
    Ok(())
}

/// Returns whether another product has the product's template.
async fn is_shared(txn: &WriteTxn, product: &products::Model) -> Result<bool> {
    let other: Option<Uuid> = products::Entity::find()
        .select_only()
        .column(products::Column::Id)
        .filter(products::Column::TemplateId.eq(product.template_id))
        .filter(products::Column::Id.ne(product.id))
        .into_tuple()
        .one(txn.conn())
        .await?;
    Ok(other.is_some())
}
