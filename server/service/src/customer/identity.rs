//! The stored name and address of a customer.

use domain::bounded_text::Name;
use domain::customer::Identity;
use domain::folding::terms_version;
use domain::{Email, FieldError};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::terms;
use crate::error::is_duplicate;
use crate::store::WriteTxn;
use crate::store::entity::customers;
use crate::{Error, Result};

/// Returns the name and the address of a row.
pub(super) fn identity(row: &customers::Model) -> Identity {
    Identity {
        name: row.name.clone().map(Name::from_storage),
        email: row.email.as_deref().and_then(|email| Email::parse(email).ok()),
    }
}

/// Returns the name, or else the address.
pub(super) fn label(row: &customers::Model) -> Option<String> {
    row.name.clone().or_else(|| row.email.clone())
}

/// Stores a name and an address, and the terms that they are found by. The customer must be locked.
///
/// # Errors
/// Names the field `email` if another customer has the address.
pub(super) async fn store(
    txn: &WriteTxn,
    row: customers::Model,
    identity: &Identity,
) -> Result<customers::Model> {
    let name = identity.name.as_ref().map(ToString::to_string);
    let is_renamed = row.name != name;
    let mut update = row.into_active_model();
    if is_renamed {
        // The parts of the former name do not join to the new one.
        update.first_name = Set(None);
        update.last_name = Set(None);
    }
    update.name = Set(name);
    update.updated_at = Set(txn.now().millis());
    update.email = Set(identity.email.as_ref().map(ToString::to_string));
    update.terms_version = Set(terms_version(identity.name.is_some()));
    let row = update
        .update(txn.conn())
        .await
        .map_err(|error| if is_duplicate(&error) { email_in_use().into() } else { Error::from(error) })?;
    store_terms(txn, &row).await?;
    Ok(row)
}

/// Replaces the terms that a customer is found by.
pub(super) async fn store_terms(txn: &WriteTxn, row: &customers::Model) -> Result<()> {
    terms::delete_terms(txn.conn(), row).await?;
    if row.name.is_some() || row.email.is_some() || row.company.is_some() {
        terms::insert_terms(txn.conn(), row).await?;
    }
    Ok(())
}

fn email_in_use() -> FieldError {
    FieldError::new("email", "Another customer has this address. Merge the two, or enter another address.")
}
