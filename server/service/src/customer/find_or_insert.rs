//! Finds or creates the customer that a license goes to.

use domain::bounded_text::Name;
use domain::customer::{Identity, NameChoice, describe_edit};
use domain::event::Event;
use domain::{CustomerId, Email};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _,
};

use super::identity::{identity, label, store};
use super::row::new_row;
use super::terms;
use crate::store::entity::customers;
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Error, Result};

/// Attempts to find or insert a customer, whom other transactions may merge away meanwhile.
const MAX_ATTEMPTS: u32 = 4;

/// Finds the customer with this address and locks it, or inserts one. Without an address it always
/// inserts. A customer without a name gets the given one; `choice` decides about another name.
///
/// # Errors
/// [`Error::OtherName`] if the customer has another name and the choice is to ask.
pub(crate) async fn find_or_insert(
    txn: &mut WriteTxn,
    actor: &Actor,
    name: Option<&Name>,
    email: Option<&Email>,
    choice: NameChoice,
) -> Result<customers::Model> {
    for _ in 0..MAX_ATTEMPTS {
        if let Some(email) = email
            && let Some(found) = lock_by_email(txn, actor, email).await?
        {
            return with_name(txn, actor, found, name, choice).await;
        }
        if let Some(new) = insert(txn, actor, name, email).await? {
            let entry = AuditEvent::customer(Event::CustomerCreated, CustomerId(new.id));
            let entry = AuditEvent { detail: label(&new), ..entry };
            txn.record_of_customer(actor, CustomerId(new.id), entry);
            return Ok(new);
        }
    }
    Err(Error::unavailable("the customer is inserted and deleted by other transactions"))
}

pub(super) async fn lock_by_email(
    txn: &WriteTxn,
    actor: &Actor,
    email: &Email,
) -> Result<Option<customers::Model>> {
    let backend = txn.conn().get_database_backend();
    let of_email = scope::customers_with_emails(backend, actor.account, [email.as_str()])?;
    let mut find = customers::Entity::find().filter(of_email);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    Ok(find.one(txn.conn()).await?)
}

/// Inserts a customer with its terms. Returns `None` if another transaction has inserted the address.
async fn insert(
    txn: &WriteTxn,
    actor: &Actor,
    name: Option<&Name>,
    email: Option<&Email>,
) -> Result<Option<customers::Model>> {
    let new = new_row(txn, actor, name, email);
    Ok(insert_row(txn, &new).await?.then_some(new))
}

/// Inserts a customer with its terms. Returns false if the account has the address, also if another transaction has
/// just committed it.
pub(super) async fn insert_row(txn: &WriteTxn, new: &customers::Model) -> Result<bool> {
    let row = new.clone().into_active_model().reset_all();
    // Two concurrent requests must not insert the same customer twice.
    let conflict =
        OnConflict::columns([customers::Column::AccountId, customers::Column::Email]).do_nothing().to_owned();
    let inserted =
        customers::Entity::insert(row).on_conflict(conflict).exec_without_returning(txn.conn()).await?;
    if inserted == 0 {
        return Ok(false);
    }
    if new.name.is_some() || new.email.is_some() || new.company.is_some() {
        terms::insert_terms(txn.conn(), new).await?;
    }
    Ok(true)
}

/// Applies the choice about the name of a customer that was found.
pub(super) async fn with_name(
    txn: &mut WriteTxn,
    actor: &Actor,
    found: customers::Model,
    name: Option<&Name>,
    choice: NameChoice,
) -> Result<customers::Model> {
    let stored = identity(&found);
    let Some(given) = name.filter(|given| stored.name.as_ref() != Some(given)) else { return Ok(found) };
    match (&stored.name, choice) {
        (Some(known), NameChoice::Ask) => {
            return Err(Error::OtherName { known: known.clone(), given: given.clone() });
        }
        (Some(_), NameChoice::Keep) => return Ok(found),
        _ => {}
    }
    let id = CustomerId(found.id);
    let named = Identity { name: Some(given.clone()), ..stored.clone() };
    let row = store(txn, found, &named).await?;
    let entry = AuditEvent::customer(Event::CustomerUpdated, id).detail(describe_edit(&stored, &named));
    txn.record_of_customer(actor, id, entry);
    Ok(row)
}
