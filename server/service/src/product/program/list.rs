//! Lists and finds products for programs.

use domain::ProductId;
use domain::filter::{Folding, ListPage, ListRequest};
use domain::permission::Permission;
use domain::product::Slug;
use sea_orm::sea_query::{Expr, Func, Query};
use sea_orm::{ColumnTrait as _, DatabaseBackend, EntityTrait as _, QueryFilter as _};

use crate::product::find_by_slug;
use crate::product::record::{ProductRecord, load_many, of_rows};
use crate::store::entity::products;
use crate::store::filter::{FilterColumn, ListColumns, PairColumns, SortColumn, load_page, search_names};
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

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
    let rows = search_names(backend, rows, request, &col(P::Id), &col(P::Name));
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
    find_by_slug(service, &slug, Some(actor.account)).await.map(|(_, id)| id)
}

/// Returns the record of a product.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist, or the database fails.
pub async fn show_record(service: &Service, actor: &Actor, id: ProductId) -> Result<ProductRecord> {
    actor.require(Permission::Read)?;
    load_many(service.store.read(), actor.account, &[id]).await?.pop().ok_or(Error::NotFound)
}
