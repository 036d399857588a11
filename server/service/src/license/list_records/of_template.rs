//! The licenses of templates: those with a template of their own, and those that have that of their product.

use domain::filter::Filter;
use sea_orm::sea_query::{Expr, ExprTrait as _, Order, Query};
use sea_orm::{ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::limits::{MAX_CANDIDATES, MOST};
use super::lookup::{ids, rows};
use crate::listing::ids_of;
use crate::store::entity::{licenses, products};
use crate::{Actor, Result, Service};

/// Most products that are looked up one by one, because each costs a statement.
const MAX_PRODUCTS: usize = 100;

#[derive(FromQueryResult)]
struct OfProduct {
    id: Uuid,
    template_id: Option<Uuid>,
}

/// Returns the licenses of the templates that a filter names. `None` if more than 10,000 would have to be read, or if
/// more than 100 products have the templates: then the list reads the account's licenses in its order, at most 10,000.
pub(super) async fn find(service: &Service, actor: &Actor, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
    use licenses::Column as L;
    let templates = ids_of(filter);
    if templates.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut of_own = Query::select();
    of_own
        .column(L::Id)
        .from(licenses::Entity)
        .and_where(Expr::col(L::AccountId).eq(actor.account.0))
        .and_where(Expr::col(L::TemplateId).is_in(templates.iter().copied()))
        // The condition of the index.
        .and_where(Expr::col(L::TemplateId).is_not_null())
        .limit(MOST);
    let mut found = ids(service, &of_own).await?;
    let products: Vec<Uuid> = products::Entity::find()
        .select_only()
        .column(products::Column::Id)
        .filter(products::Column::TemplateId.is_in(templates))
        .limit(MAX_PRODUCTS as u64 + 1)
        .into_tuple()
        .all(service.store.list_reader())
        .await?;
    if products.len() > MAX_PRODUCTS {
        return Ok(None);
    }
    // Few products share a template. A statement for each has the order of an index, which PostgreSQL chooses by it.
    let mut read = 0;
    for product in products {
        let mut of_product = Query::select();
        // No index tells which licenses of a product have no template of their own.
        of_product
            .columns([L::Id, L::TemplateId])
            .from(licenses::Entity)
            .and_where(Expr::col(L::AccountId).eq(actor.account.0))
            .and_where(Expr::col(L::ProductId).eq(product))
            .order_by(L::CreatedAt, Order::Asc)
            .order_by(L::Id, Order::Asc)
            .limit(MOST);
        let of_product: Vec<OfProduct> = rows(service, &of_product).await?;
        read += of_product.len();
        if read > MAX_CANDIDATES {
            return Ok(None);
        }
        found.extend(of_product.iter().filter(|row| row.template_id.is_none()).map(|row| row.id));
    }
    Ok(Some(found).filter(|found| found.len() <= MAX_CANDIDATES))
}
