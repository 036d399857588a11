//! Finds or creates the customers of many licenses at once.

use std::collections::{BTreeMap, HashMap};

use domain::bounded_text::Name;
use domain::customer::NameChoice;
use domain::event::Event;
use domain::{CustomerId, Email};
use sea_orm::sea_query::LockType;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::find_or_insert::with_name;
use super::row::new_row;
use super::terms::search_terms;
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::entity::customers;
use crate::store::row_values::{ColumnType, Columns, row};
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Result};

const CUSTOMER_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("email", ColumnType::Text),
    ("name", ColumnType::Text),
    ("created_at", ColumnType::Int),
    ("terms_version", ColumnType::Int),
    ("updated_at", ColumnType::Int),
];
const TERM_COLUMNS: Columns =
    &[("account_id", ColumnType::Uuid), ("term", ColumnType::Text), ("customer_id", ColumnType::Uuid)];

/// The customer of a license, by name and address.
pub(crate) struct Holder {
    /// The name.
    pub name: Option<Name>,
    /// The address; the same address is the same customer.
    pub email: Option<Email>,
}

/// Finds the customers with these addresses and locks them, or inserts them; holders without an address are
/// always inserted. A known customer keeps its name. Returns the ids in order; `None` for a holder with
/// neither name nor address.
///
/// # Errors
/// Returns [`crate::Error::Database`] of a duplicate if another transaction has inserted an address
/// meanwhile, or another error if the database fails.
pub(crate) async fn find_or_insert_many(
    txn: &mut WriteTxn,
    actor: &Actor,
    holders: &[Holder],
) -> Result<Vec<Option<Uuid>>> {
    let mut known = lock_by_emails(txn, actor, holders).await?;
    let mut new: Vec<customers::Model> = Vec::new();
    let mut new_by_email: HashMap<&str, Uuid> = HashMap::new();
    let mut ids = Vec::with_capacity(holders.len());
    for holder in holders {
        let email = holder.email.as_ref().map(Email::as_str);
        if let Some(found) = email.and_then(|email| known.get_mut(email)) {
            if found.name.is_none() && holder.name.is_some() {
                *found = with_name(txn, actor, found.clone(), holder.name.as_ref(), NameChoice::Keep).await?;
            }
            ids.push(Some(found.id));
            continue;
        }
        if let Some(id) = email.and_then(|email| new_by_email.get(email)) {
            ids.push(Some(*id));
            continue;
        }
        if email.is_none() && holder.name.is_none() {
            ids.push(None);
            continue;
        }
        let customer = new_row(txn, actor, holder.name.as_ref(), holder.email.as_ref());
        ids.push(Some(customer.id));
        new_by_email.extend(email.map(|email| (email, customer.id)));
        new.push(customer);
    }
    insert(txn, actor, new).await?;
    Ok(ids)
}

/// Locks the customers with the addresses of the holders, in the order of their ids.
async fn lock_by_emails(
    txn: &WriteTxn,
    actor: &Actor,
    holders: &[Holder],
) -> Result<BTreeMap<String, customers::Model>> {
    let mut emails: Vec<&str> =
        holders.iter().filter_map(|holder| Some(holder.email.as_ref()?.as_str())).collect();
    emails.sort_unstable();
    emails.dedup();
    if emails.is_empty() {
        return Ok(BTreeMap::new());
    }
    let backend = txn.conn().get_database_backend();
    let mut find = customers::Entity::find()
        .filter(scope::customers_with_emails(backend, actor.account, emails)?)
        .order_by_asc(customers::Column::Id);
    if txn.needs_row_locks() {
        find = find.lock(LockType::Update);
    }
    let found = find.all(txn.conn()).await?;
    Ok(found.into_iter().filter_map(|row| Some((row.email.clone()?, row))).collect())
}

async fn insert(txn: &mut WriteTxn, actor: &Actor, new: Vec<customers::Model>) -> Result<()> {
    let (mut rows, mut terms) = (Vec::with_capacity(new.len()), Vec::new());
    for customer in new {
        let id = CustomerId(customer.id);
        for term in search_terms(customer.name.as_deref(), customer.email.as_deref()) {
            terms.push(row![customer.account_id, term, customer.id]);
        }
        let label = customer.name.clone().or_else(|| customer.email.clone());
        let entry = AuditEvent::customer(Event::CustomerCreated, id);
        txn.record_of_customer(actor, id, AuditEvent { detail: label, ..entry });
        rows.push(row![
            customer.id,
            customer.account_id,
            customer.email,
            customer.name,
            customer.created_at,
            customer.terms_version,
            customer.updated_at,
        ]);
    }
    // The customers before the rows that refer to them.
    for write in [
        BulkWrite::insert("customers", CUSTOMER_COLUMNS, rows),
        BulkWrite::insert("customer_terms", TERM_COLUMNS, terms),
    ] {
        execute_all(txn.conn(), vec![write], Vec::new()).await?;
    }
    Ok(())
}
