//! Use cases of programs on products: they name a template, and fields that no form has.

use domain::bounded_text::Name;
use domain::event::Event;
use domain::filter::{Folding, ListPage, ListRequest};
use domain::license::{GivenPair, MetadataPair, merge_pairs};
use domain::permission::Permission;
use domain::product::{ProductSettings, Slug};
use domain::{LicenseTemplateId, ProductId, Timestamp, TrialPolicyId};
use sea_orm::sea_query::{Expr, Func, LockType, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseBackend, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, Set,
};

use super::create::insert_product_with;
use super::event::product_event;
use super::record::{ProductMetadata, ProductRecord, load_many, of_rows};
use crate::error::is_duplicate;
use crate::license_template::RuleColumns;
use crate::store::entity::{license_templates, products, trial_policies};
use crate::store::filter::{FilterColumn, ListColumns, PairColumns, SortColumn, load_page, search_names};
use crate::store::{WriteTxn, convert, scope};
use crate::trial_policy::{TrialColumns, clear_product};
use crate::{Actor, Error, Result, Service, new_id};

/// Attempts to get a public number under concurrent inserts.
const MAX_ATTEMPTS: usize = 8;

/// A product to make or to change; `None` leaves a value.
#[derive(Debug, Clone, Default)]
#[allow(clippy::option_option, reason = "not given, removed, or set")]
pub struct ProductTerms {
    /// The id of an imported product.
    pub id: Option<ProductId>,
    /// The creation of an imported product.
    pub created_at: Option<Timestamp>,
    /// The last change of an imported product.
    pub updated_at: Option<Timestamp>,
    /// The name.
    pub name: Option<Name>,
    /// The name for customers.
    pub display_name: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The template.
    pub template: Option<LicenseTemplateId>,
    /// The trial policy; `Some(None)` ends trials.
    pub trial_policy: Option<Option<TrialPolicyId>>,
    /// Fields to set; others stay.
    pub metadata: Vec<GivenPair>,
}

/// The reason why a product is not made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductRefusal {
    /// The account has no such template.
    UnknownTemplate,
    /// The account has no such trial policy.
    UnknownTrialPolicy,
}

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

/// Changes a product. What equals the present state is no change; if nothing is, nothing is written.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist, or the database fails.
#[tracing::instrument(name = "product.edit_by_program", skip_all, fields(account = %actor.account, product = %id), err(level = "debug"))]
pub async fn edit_by_program(
    service: &Service,
    actor: &Actor,
    id: ProductId,
    change: &ProductTerms,
) -> Result<Result<ProductRecord, ProductRefusal>> {
    actor.require(Permission::WriteProduct)?;
    let mut txn = service.begin_write().await?;
    // Templates and trial policies are locked before products. They are compared after it: another request may change
    // the product meanwhile.
    scope::product(txn.conn(), actor.account, id).await?;
    let template = match find_template(&txn, actor, change.template).await? {
        Ok(template) => template,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let policy = match find_policy(&txn, actor, change.trial_policy.flatten()).await? {
        Ok(policy) => policy,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let row = scope::lock_product(&txn, actor.account, id).await?;
    let template = template.filter(|template| Some(template.id) != row.template_id);
    // A node of the previous version ends trials by the days alone.
    let present = row.trial_days.and(row.trial_policy_id);
    let policy = policy.filter(|policy| Some(policy.id) != present);
    let ends_trials = change.trial_policy == Some(None) && row.trial_days.is_some();
    let stored: Vec<ProductMetadata> = convert::json_or_default(Some(&row.metadata));
    let metadata = merge_metadata(stored.clone(), &change.metadata, txn.now())?;
    let name = change.name.as_ref().map(ToString::to_string).filter(|name| *name != row.name);
    let shown = if row.display_name.is_empty() { &row.name } else { &row.display_name };
    let display_name = change.display_name.clone().filter(|given| given != shown);
    let description = change.description.clone().filter(|given| *given != row.description);
    let is_changed = name.is_some()
        || display_name.is_some()
        || description.is_some()
        || metadata != stored
        || template.is_some()
        || policy.is_some()
        || ends_trials;
    if is_changed {
        let mut update = row.into_active_model();
        if let Some(name) = name {
            update.name = Set(name);
        }
        if let Some(display_name) = display_name {
            update.display_name = Set(display_name);
        }
        if let Some(description) = description {
            update.description = Set(description);
        }
        if metadata != stored {
            update.metadata = Set(serde_json::json!(metadata).to_string());
        }
        if let Some(template) = &template {
            RuleColumns::of_template(template).write_product(&mut update);
            update.template_id = Set(Some(template.id));
        }
        if let Some(policy) = &policy {
            set_policy(&mut update, policy);
        } else if ends_trials {
            clear_product(&mut update);
        }
        update.updated_at = Set(txn.now().millis());
        let row = update.update(txn.conn()).await?;
        txn.record(actor, product_event(Event::ProductUpdated, &row));
    }
    let record = load_many(txn.conn(), actor.account, &[id]).await?.pop().ok_or(Error::NotFound)?;
    if is_changed {
        txn.commit().await?;
    }
    Ok(Ok(record))
}

async fn find_template(
    txn: &WriteTxn,
    actor: &Actor,
    id: Option<LicenseTemplateId>,
) -> Result<Result<Option<license_templates::Model>, ProductRefusal>> {
    let Some(id) = id else { return Ok(Ok(None)) };
    // Against a change, which writes the copies of the products that it sees.
    match scope::lock_license_template(txn, actor.account, id, LockType::Share).await {
        Ok(row) => Ok(Ok(Some(row))),
        Err(Error::NotFound) => Ok(Err(ProductRefusal::UnknownTemplate)),
        Err(error) => Err(error),
    }
}

async fn find_policy(
    txn: &WriteTxn,
    actor: &Actor,
    id: Option<TrialPolicyId>,
) -> Result<Result<Option<trial_policies::Model>, ProductRefusal>> {
    let Some(id) = id else { return Ok(Ok(None)) };
    // Against a change, as of a template.
    match scope::lock_trial_policy(txn, actor.account, id, LockType::Share).await {
        Ok(row) => Ok(Ok(Some(row))),
        Err(Error::NotFound) => Ok(Err(ProductRefusal::UnknownTrialPolicy)),
        Err(error) => Err(error),
    }
}

/// Gives a product a trial policy.
fn set_policy(row: &mut products::ActiveModel, policy: &trial_policies::Model) {
    TrialColumns::of_policy(policy).write_product(row);
    row.trial_policy_id = Set(Some(policy.id));
}

fn merge_metadata(
    mut stored: Vec<ProductMetadata>,
    given: &[GivenPair],
    now: Timestamp,
) -> Result<Vec<ProductMetadata>> {
    let pair = |field: &ProductMetadata| MetadataPair {
        key: field.key.clone(),
        value: field.value.clone(),
        visibility: field.visibility,
    };
    let pairs: Vec<_> = stored.iter().map(pair).collect();
    for MetadataPair { key, value, visibility } in merge_pairs(&pairs, given)? {
        if let Some(field) = stored.iter_mut().find(|field| field.key == key) {
            *field = ProductMetadata { value, visibility, updated_at: now, ..field.clone() };
        } else {
            let id = new_id();
            stored.push(ProductMetadata { id, key, value, visibility, created_at: now, updated_at: now });
        }
    }
    Ok(stored)
}

/// Returns a page of the account's products.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "product.list_records", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_records(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<ProductRecord>> {
    use products::Column as P;
    actor.require(Permission::Read)?;
    let backend = service.store.backend();
    let col = |column: P| Expr::col((products::Entity, column));
    let display_name = || {
        Expr::cust("CASE WHEN products.display_name = '' THEN products.name ELSE products.display_name END")
    };
    let rows = products::Entity::find().filter(P::AccountId.eq(actor.account.0));
    let rows = search_names(backend, rows, request, &col(P::Name));
    let filter = move |name: &'static str| {
        Some(FilterColumn::Of(match name {
            "id" => col(P::Id),
            "createdAt" => col(P::CreatedAt),
            "updatedAt" => col(P::UpdatedAt),
            "name" => col(P::Name),
            "displayName" => display_name(),
            _ => return None,
        }))
    };
    let sort = move |name: &'static str| match name {
        "createdAt" => Some(SortColumn::Number(col(P::CreatedAt))),
        "updatedAt" => Some(SortColumn::Number(col(P::UpdatedAt))),
        "name" => Some(SortColumn::Text(Folding::Ascii, col(P::Name))),
        _ => None,
    };
    let columns =
        ListColumns { id: col(P::Id), filter: &filter, pairs: Some(metadata_pairs(backend)), sort: &sort };
    let db = service.store.list_reader();
    let page = load_page(db, rows, request, columns).await?;
    let ListPage { items, has_more, total } = page;
    Ok(ListPage { items: of_rows(db, actor.account, items).await?, has_more, total })
}

/// The pairs of metadata of a product, which its row has as JSON.
fn metadata_pairs(backend: DatabaseBackend) -> PairColumns {
    let (function, argument) = match backend {
        DatabaseBackend::Sqlite => ("json_each", "products.metadata"),
        _ => ("json_array_elements", "products.metadata::json"),
    };
    let mut rows = Query::select();
    rows.expr(Expr::cust("1")).from_function(Func::cust(function).arg(Expr::cust(argument)), "pair");
    PairColumns { key: Expr::cust("pair.value ->> 'key'"), value: Expr::cust("pair.value ->> 'value'"), rows }
}

/// Returns the id of a product: the text is an id or a slug.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such product, or the database fails.
pub async fn find_by_id_or_slug(service: &Service, actor: &Actor, text: &str) -> Result<ProductId> {
    actor.require(Permission::Read)?;
    if let Ok(id) = text.parse::<ProductId>() {
        scope::product(service.store.read(), actor.account, id).await?;
        return Ok(id);
    }
    let slug = Slug::parse(text).map_err(|_| Error::NotFound)?;
    super::find_by_slug(service, &slug, Some(actor.account)).await.map(|(_, id)| id)
}

/// Returns the record of a product.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist, or the database fails.
pub async fn show_record(service: &Service, actor: &Actor, id: ProductId) -> Result<ProductRecord> {
    actor.require(Permission::Read)?;
    load_many(service.store.read(), actor.account, &[id]).await?.pop().ok_or(Error::NotFound)
}
