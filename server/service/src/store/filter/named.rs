//! Lists of rows that are searched by their name or their whole id.

use domain::filter::{Folding, ListPage, ListRequest};
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr};
use sea_orm::{Condition, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter as _, Select};
use uuid::Uuid;

use super::condition::{FilterColumn, folded};
use super::page::{ListColumns, SortColumn, load_page};
use crate::Result;

/// Keeps the row with the id that is searched for; else the rows whose name has a word that begins so, for each word
/// of the search.
pub(crate) fn search_names<E: EntityTrait>(
    backend: DatabaseBackend,
    mut rows: Select<E>,
    request: &ListRequest,
    id: &Expr,
    name: &Expr,
) -> Select<E> {
    let text = request.search.as_deref().unwrap_or_default().trim();
    if let Ok(searched) = Uuid::parse_str(text) {
        return rows.filter(id.clone().eq(searched));
    }
    let name = folded(backend, Folding::Ascii, name.clone());
    for word in text.split_whitespace() {
        rows = rows.filter(has_word(&name, word));
    }
    rows
}

/// Returns the condition that a folded name has a word that begins so.
fn has_word(name: &Expr, word: &str) -> Condition {
    let word = word.to_ascii_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let like = |pattern: String| name.clone().like(LikeExpr::new(pattern).escape('!'));
    Condition::any().add(like(format!("{word}%"))).add(like(format!("% {word}%")))
}

/// Loads the page of a list whose fields are `id`, `createdAt`, `updatedAt` and `name`, each in the column of that
/// name. `rows` selects all rows that the actor may see.
///
/// # Errors
/// Returns an error of the field `after` if it names no row, or an error if the database fails.
pub(crate) async fn load_named_page<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    request: &ListRequest,
) -> Result<ListPage<E::Model>> {
    let col = |column: &'static str| Expr::col((E::default(), column));
    let rows = search_names(db.get_database_backend(), rows, request, &col("id"), &col("name"));
    let filter = move |name: &'static str| {
        let column = match name {
            "id" | "name" => name,
            "createdAt" => "created_at",
            "updatedAt" => "updated_at",
            _ => return None,
        };
        Some(FilterColumn::Of(col(column)))
    };
    let sort = move |name: &'static str| match name {
        "createdAt" => Some(SortColumn::Number(col("created_at"))),
        "updatedAt" => Some(SortColumn::Number(col("updated_at"))),
        "name" => Some(SortColumn::Text(Folding::Ascii, col("name"))),
        _ => None,
    };
    let columns = ListColumns { id: col("id"), filter: &filter, pairs: None, sort: &sort };
    load_page(db, rows, request, columns).await
}
