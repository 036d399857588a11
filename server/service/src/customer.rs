//! Customers: the people and companies that licenses are issued to. The e-mail address identifies one.

use std::collections::BTreeSet;

use domain::bounded_text::Name;
use domain::folding::terms_version;
use domain::{AccountId, Email, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, Set,
};

use crate::store::entity::{customer_terms, customers};
use crate::{Error, Result, new_id};

/// Finds the customer with this address or inserts one. Without an address it always inserts. Adds
/// the name to a customer without one.
pub async fn find_or_insert(
    db: &impl ConnectionTrait,
    account: AccountId,
    name: Option<&Name>,
    email: Option<&Email>,
    now: Timestamp,
) -> Result<customers::Model> {
    let fresh = customers::ActiveModel {
        id: Set(new_id()),
        account_id: Set(account.0),
        email: Set(email.map(ToString::to_string)),
        name: Set(name.map(ToString::to_string)),
        created_at: Set(now.millis()),
        terms_version: Set(terms_version(name.is_some())),
    };
    let customer = match email {
        None => fresh.insert(db).await?,
        Some(email) => {
            // Two concurrent requests must not insert the same customer twice.
            let conflict = OnConflict::columns([customers::Column::AccountId, customers::Column::Email])
                .do_nothing()
                .to_owned();
            customers::Entity::insert(fresh).on_conflict(conflict).exec_without_returning(db).await?;
            let found = customers::Entity::find()
                .filter(customers::Column::AccountId.eq(account.0))
                .filter(customers::Column::Email.eq(email.as_str()))
                .one(db)
                .await?
                .ok_or_else(|| Error::Internal("customer not found after insert".into()))?;
            if found.name.is_none() && name.is_some() {
                let mut update = found.into_active_model();
                update.name = Set(name.map(ToString::to_string));
                update.update(db).await?
            } else {
                found
            }
        }
    };
    let terms = search_terms(customer.name.as_deref(), customer.email.as_deref()).into_iter().map(|term| {
        customer_terms::ActiveModel {
            account_id: Set(account.0),
            term: Set(term),
            customer_id: Set(customer.id),
        }
    });
    let known = OnConflict::new().do_nothing().to_owned();
    customer_terms::Entity::insert_many(terms).on_conflict(known).exec_without_returning(db).await?;
    Ok(customer)
}

/// Returns the search terms of a customer, folded.
pub(crate) fn search_terms(name: Option<&str>, email: Option<&str>) -> BTreeSet<String> {
    domain::folding::customer_terms(name, email)
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
