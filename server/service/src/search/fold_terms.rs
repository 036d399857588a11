//! Folds the search terms of customers whose terms a node of the version before wrote.
//!
//! A migration in SQL cannot fold. Until the worker is through, a search also looks for the former spelling
//! of its words: see [`domain::search::former_folding`].

use std::collections::BTreeSet;

use domain::search::former_folding;
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Set,
};
use uuid::Uuid;

use crate::customer::search_terms;
use crate::store::WriteTxn;
use crate::store::entity::{customer_terms, customers};
use crate::store::row_values::{ColumnType, Columns, RowValues, in_rows, row};
use crate::{Result, Service};

/// Customers in one transaction, so that other writes do not wait long.
const CUSTOMERS_PER_TXN: u64 = 1_000;
/// Terms in one statement.
const TERMS_PER_STATEMENT: usize = 500;
/// The condition of the index of customers whose terms are not folded, as the migration has it.
const IS_UNFOLDED: &str = "CASE WHEN terms_version = 1 THEN name IS NOT NULL ELSE terms_version = 0 END";

/// The version of folded terms, as [`domain::folding::terms_version`].
const TERMS_VERSION: &str = "CASE WHEN name IS NULL THEN 1 ELSE 2 END";

const TERM_COLUMNS: Columns =
    &[("account_id", ColumnType::Uuid), ("term", ColumnType::Text), ("customer_id", ColumnType::Uuid)];

#[derive(FromQueryResult)]
struct UnfoldedCustomer {
    id: Uuid,
    account_id: Uuid,
    name: Option<String>,
    email: Option<String>,
}

/// Folds the terms of the next 1,000 customers at most. Returns their number: 0 if none is left. Safe to
/// run twice at once. For a background worker.
///
/// # Errors
/// Returns an error if the database fails; the customers stay pending.
pub async fn fold_pending_terms(service: &Service) -> Result<u64> {
    let Some(version) = pending_version(service).await? else { return Ok(0) };
    let txn = service.begin_write().await?;
    let mut find = unfolded(version, CUSTOMERS_PER_TXN);
    if txn.needs_row_locks() {
        // The weakest lock against a change of the name: rows of other tables may refer to the customer.
        find = find.lock(LockType::NoKeyUpdate);
    }
    let customers: Vec<UnfoldedCustomer> = find.into_model().all(txn.conn()).await?;
    replace_terms(&txn, &customers).await?;
    customers::Entity::update_many()
        .col_expr(customers::Column::TermsVersion, Expr::cust(TERMS_VERSION))
        .filter(customers::Column::Id.is_in(customers.iter().map(|customer| customer.id)))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(customers.len() as u64)
}

/// Returns the version of the next customers to fold. A read, so that no write transaction begins in vain.
async fn pending_version(service: &Service) -> Result<Option<i32>> {
    for version in [0, 1] {
        if unfolded(version, 1).into_model::<UnfoldedCustomer>().one(service.store.read()).await?.is_some() {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

/// Selects customers of one version in the order of their ids, which is the order of their locks.
fn unfolded(version: i32, most: u64) -> sea_orm::Select<customers::Entity> {
    use customers::Column as C;
    customers::Entity::find()
        .select_only()
        .columns([C::Id, C::AccountId, C::Name, C::Email])
        .filter(C::TermsVersion.eq(version))
        .filter(Expr::cust(IS_UNFOLDED))
        .order_by_asc(C::Id)
        .limit(most)
}

async fn replace_terms(txn: &WriteTxn, customers: &[UnfoldedCustomer]) -> Result<()> {
    let (mut added, mut removed) = (Vec::new(), Vec::<RowValues>::new());
    for customer in customers {
        let (name, email) = (customer.name.as_deref(), customer.email.as_deref());
        let terms = search_terms(name, email);
        let former = former_terms(name, email);
        removed.extend(
            former.difference(&terms).map(|term| row![customer.account_id, term.clone(), customer.id]),
        );
        added.extend(terms.into_iter().map(|term| customer_terms::ActiveModel {
            account_id: Set(customer.account_id),
            term: Set(term),
            customer_id: Set(customer.id),
        }));
    }
    let mut added = added.into_iter().peekable();
    while added.peek().is_some() {
        let terms: Vec<_> = added.by_ref().take(TERMS_PER_STATEMENT).collect();
        let known = OnConflict::new().do_nothing().to_owned();
        customer_terms::Entity::insert_many(terms)
            .on_conflict(known)
            .exec_without_returning(txn.conn())
            .await?;
    }
    let backend = sea_orm::ConnectionTrait::get_database_backend(txn.conn());
    for rows in removed.chunks(TERMS_PER_STATEMENT) {
        customer_terms::Entity::delete_many()
            .filter(in_rows(backend, TERM_COLUMNS, rows)?)
            .exec(txn.conn())
            .await?;
    }
    Ok(())
}

/// Returns the terms that nodes of the version before wrote for a customer.
fn former_terms(name: Option<&str>, email: Option<&str>) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    if let Some(name) = name {
        let name = former_folding(name);
        terms.extend(name.split_whitespace().map(ToOwned::to_owned));
        terms.insert(name);
    }
    if let Some(email) = email {
        terms.extend(email.rsplit_once('@').map(|(_, host)| host.to_owned()));
        terms.insert(email.to_owned());
    }
    terms
}
