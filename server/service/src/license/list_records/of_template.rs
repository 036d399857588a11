//! The licenses of templates: those with a template of their own, and those that have that of their product.

use domain::filter::Filter;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::limits::{MAX_CANDIDATES, MOST};
use super::lookup::ids;
use crate::listing::ids_of;
use crate::store::entity::{licenses, products};
use crate::store::row_values::{ColumnType, Columns, json_rows_table, row, rows_to_json};
use crate::{Actor, Result, Service};

/// The column of a product in a row of ids.
const PRODUCT: Columns = &[("product_id", ColumnType::Uuid)];

#[derive(FromQueryResult)]
struct OfProduct {
    id: Uuid,
    template_id: Option<Uuid>,
}

/// Returns the licenses of the templates that a filter names. `None` if more than 10,000 would have to be read.
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
        .filter(products::Column::AccountId.eq(actor.account.0))
        .filter(products::Column::TemplateId.is_in(templates))
        .limit(MOST)
        .into_tuple()
        .all(service.store.list_reader())
        .await?;
    if products.is_empty() {
        return Ok(Some(found).filter(|found| found.len() <= MAX_CANDIDATES));
    }
    if products.len() > MAX_CANDIDATES {
        return Ok(None);
    }
    let statement = of_products(service, actor, &products)?;
    let read: Vec<OfProduct> =
        OfProduct::find_by_statement(statement).all(service.store.list_reader()).await?;
    if read.len() > MAX_CANDIDATES {
        return Ok(None);
    }
    // No index tells which licenses of a product have no template of their own.
    found.extend(read.iter().filter(|row| row.template_id.is_none()).map(|row| row.id));
    Ok(Some(found).filter(|found| found.len() <= MAX_CANDIDATES))
}

/// Selects the licenses of products, at most 10,001, by one statement for any number of products.
fn of_products(service: &Service, actor: &Actor, products: &[Uuid]) -> Result<Statement> {
    let rows: Vec<_> = products.iter().map(|id| row![*id]).collect();
    let sql = if service.store.is_sqlite() {
        // The join begins with the products, also if the statistics show few licenses.
        format!(
            "SELECT l.id, l.template_id FROM jsonb_each(?) AS e CROSS JOIN licenses AS l \
             ON l.product_id = unhex(e.value ->> 0) AND l.account_id = ? LIMIT {MOST}"
        )
    } else {
        // PostgreSQL looks each product up by the index that has the order.
        let rows = json_rows_table(PRODUCT, 1);
        format!(
            "SELECT l.id, l.template_id FROM {rows} CROSS JOIN LATERAL (SELECT id, template_id FROM licenses \
             WHERE account_id = $2 AND product_id = v.product_id ORDER BY created_at, id LIMIT {MOST}) AS l \
             LIMIT {MOST}"
        )
    };
    let values = [rows_to_json(&rows)?.into(), actor.account.0.into()];
    Ok(Statement::from_sql_and_values(service.store.backend(), sql, values))
}
