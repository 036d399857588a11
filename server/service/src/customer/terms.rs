//! Search terms of customers: what a customer is found by.

use std::collections::BTreeSet;

use domain::folding;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Set};

use crate::Result;
use crate::store::entity::{customer_terms, customers};

/// Returns the search terms of a customer, folded.
pub(crate) fn search_terms(name: Option<&str>, email: Option<&str>) -> BTreeSet<String> {
    folding::customer_terms(name, email)
}

/// Returns the search terms of a row: also those of the company.
pub(super) fn terms_of_row(customer: &customers::Model) -> BTreeSet<String> {
    let mut terms = search_terms(customer.name.as_deref(), customer.email.as_deref());
    terms.extend(customer.company.as_deref().map(folding::name_terms).unwrap_or_default());
    terms
}

/// Inserts the terms of a customer.
pub(super) async fn insert_terms(db: &impl ConnectionTrait, customer: &customers::Model) -> Result<()> {
    let terms = terms_of_row(customer).into_iter().map(|term| customer_terms::ActiveModel {
        account_id: Set(customer.account_id),
        term: Set(term),
        customer_id: Set(customer.id),
    });
    let known = OnConflict::new().do_nothing().to_owned();
    customer_terms::Entity::insert_many(terms).on_conflict(known).exec_without_returning(db).await?;
    Ok(())
}

/// Deletes all terms of a customer, also those of former names and of former rules.
pub(super) async fn delete_terms(db: &impl ConnectionTrait, customer: &customers::Model) -> Result<()> {
    customer_terms::Entity::delete_many()
        .filter(customer_terms::Column::CustomerId.eq(customer.id))
        .exec(db)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customer_is_found_by_every_word() {
        let found: Vec<String> =
            search_terms(Some("Ada King-Lovelace"), Some("ada@acme.com")).into_iter().collect();
        assert_eq!(found, ["acme.com", "ada king lovelace", "ada@acme.com", "king lovelace", "lovelace"]);
    }
}
