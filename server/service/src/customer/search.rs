//! Search of customers by the start of a term, as a range of the primary key of the terms.

use std::collections::BTreeSet;

use domain::search::SearchText;
use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

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

/// Returns the customers of the account with a term that begins with a meaning of the search, at most
/// `most` terms of each meaning.
pub(super) async fn search(service: &Service, actor: &Actor, search: &str, most: u64) -> Result<Matches> {
    let mut found = Matches { ids: BTreeSet::new(), is_cut: false };
    for prefix in SearchText::parse(search).customer_terms {
        let terms = terms_from(service, actor, prefix, most + 1).await?;
        found.is_cut |= terms.len() as u64 > most;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        found.ids.extend(terms.into_iter().take(most).map(|term| term.customer_id));
    }
    Ok(found)
}

async fn terms_from(service: &Service, actor: &Actor, prefix: String, limit: u64) -> Result<Vec<Term>> {
    let end = format!("{prefix}\u{10FFFF}");
    // The limit is a literal, because a generic plan of PostgreSQL guesses a parameter.
    let sql = format!(
        "SELECT customer_id FROM customer_terms WHERE account_id = $1 AND term >= $2 AND term < $3 \
         ORDER BY term, customer_id LIMIT {limit}"
    );
    let values = [actor.account.0.into(), prefix.into(), end.into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    Ok(Term::find_by_statement(statement).all(service.store.list_reader()).await?)
}
