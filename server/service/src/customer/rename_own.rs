//! The change of the own name by a customer who signed in.

use super::change::{CustomerChange, apply};
use super::create::Saved;
use super::record::CustomerRecord;
use crate::{Actor, Error, Principal, Result, Service};

/// Changes the name of the customer who signed in, and returns the customer as far as the seller shows it to the
/// customer. What is `None` stays.
///
/// # Errors
/// [`Error::Forbidden`] if the actor is no customer, [`Error::NotFound`] if it was just deleted, an error of the field
/// `first_name` if the first name would be removed, or an error of the database.
#[tracing::instrument(name = "customer.rename_own", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn rename_own(
    service: &Service,
    actor: &Actor,
    first: Option<String>,
    last: Option<String>,
) -> Result<CustomerRecord> {
    let Principal::Customer { customer: Some(customer), .. } = &actor.principal else {
        return Err(Error::Forbidden);
    };
    let change = CustomerChange { first_name: first, last_name: last, ..CustomerChange::default() };
    match apply(service, actor, *customer, change).await? {
        Saved::Saved(record) => Ok(record.shown_to_customer()),
        // Neither of them is changed.
        Saved::DuplicateEmail | Saved::NoSuchOrganization => {
            Err(Error::Internal("a name that other rows refuse".to_owned()))
        }
    }
}
