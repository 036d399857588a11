//! Search of customers by the start of a term, as a range of the primary key of the terms.

use std::collections::BTreeSet;

use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use super::terms::search_prefix;
use crate::{Actor, Result, Service};

#[derive(FromQueryResult)]
struct Term {
    customer_id: Uuid,
}

/// The customers that a search finds.
pub(super) struct Matches {
    pub ids: BTreeSet<Uuid>,
    /// More terms match than were read.
    pub is_cut: bool,
}

/// Returns the customers of the first `most` terms of the account that begin with the search.
pub(super) async fn search(service: &Service, actor: &Actor, search: &str, most: u64) -> Result<Matches> {
    let prefix = search_prefix(search);
    if prefix.is_empty() {
        return Ok(Matches { ids: BTreeSet::new(), is_cut: false });
    }
    let end = format!("{prefix}\u{10FFFF}");
    // The limit is a literal, because a generic plan of PostgreSQL guesses a parameter.
    let sql = format!(
        "SELECT customer_id FROM customer_terms WHERE account_id = $1 AND term >= $2 AND term < $3 \
         ORDER BY term, customer_id LIMIT {}",
        most + 1
    );
    let values = [actor.account.0.into(), prefix.into(), end.into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    let terms = Term::find_by_statement(statement).all(service.store.list_reader()).await?;
    let is_cut = terms.len() as u64 > most;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    Ok(Matches { ids: terms.into_iter().take(most).map(|term| term.customer_id).collect(), is_cut })
}
