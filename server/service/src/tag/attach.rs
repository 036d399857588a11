//! The tags of customers and licenses.

use std::collections::HashMap;

use domain::tag::{TagName, TagNames};
use domain::{AccountId, CustomerId, LicenseId, text_key};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::insert::{NewTag, insert};
use crate::store::WriteTxn;
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::entity::tags;
use crate::store::row_values::{ColumnType, Columns, in_rows_sql, row, rows_to_json};
use crate::{Actor, Error, Result};

/// Attempts to find or make tags that others delete meanwhile.
const MAX_ATTEMPTS: u32 = 4;

pub(super) const LICENSE_COLUMNS: Columns =
    &[("license_id", ColumnType::Uuid), ("tag_id", ColumnType::Uuid), ("position", ColumnType::Int)];
const CUSTOMER_COLUMNS: Columns =
    &[("customer_id", ColumnType::Uuid), ("tag_id", ColumnType::Uuid), ("position", ColumnType::Int)];

/// A kind of objects with tags.
struct Tagged {
    table: &'static str,
    object: &'static str,
    columns: Columns,
}

const LICENSES: Tagged = Tagged { table: "license_tags", object: "license_id", columns: LICENSE_COLUMNS };
const CUSTOMERS: Tagged = Tagged { table: "customer_tags", object: "customer_id", columns: CUSTOMER_COLUMNS };

#[derive(FromQueryResult)]
struct NameRow {
    object: Uuid,
    name: String,
}

/// Replaces the tags of a license, which the caller has locked in the actor's account. Unknown names are made.
/// Returns whether the tags differ. The caller records the change of the license.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn set_for_licenses(
    txn: &mut WriteTxn,
    actor: &Actor,
    license: LicenseId,
    names: &TagNames,
) -> Result<bool> {
    LICENSES.replace(txn, actor, license.0, names).await
}

/// Replaces the tags of a customer, whom the caller has locked in the actor's account. Unknown names are made.
/// Returns whether the tags differ. The caller records the change of the customer.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn set_for_customer(
    txn: &mut WriteTxn,
    actor: &Actor,
    customer: CustomerId,
    names: &TagNames,
) -> Result<bool> {
    CUSTOMERS.replace(txn, actor, customer.0, names).await
}

/// Takes all tags off a customer, whom the caller has locked.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn remove_from_customer(txn: &WriteTxn, customer: CustomerId) -> Result<()> {
    CUSTOMERS.remove_all(txn, customer.0).await
}

/// Returns the names of the tags of licenses, in their order, by one statement. Licenses without tags are missing.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn names_of_licenses(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<String>>> {
    LICENSES.names(db, ids).await
}

/// Returns the names of the tags of customers, as [`names_of_licenses`].
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn names_of_customers(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<String>>> {
    CUSTOMERS.names(db, ids).await
}

impl Tagged {
    async fn names(
        &self,
        db: &impl ConnectionTrait,
        ids: impl IntoIterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, Vec<String>>> {
        let rows: Vec<_> = ids.into_iter().map(|id| row![id]).collect();
        let mut names: HashMap<Uuid, Vec<String>> = HashMap::new();
        if rows.is_empty() {
            return Ok(names);
        }
        let Self { table, object, .. } = self;
        let columns: Columns = if *object == "license_id" {
            &[("license_id", ColumnType::Uuid)]
        } else {
            &[("customer_id", ColumnType::Uuid)]
        };
        let condition = in_rows_sql(db.get_database_backend(), columns);
        let sql = format!(
            "SELECT {table}.{object} AS object, tags.name FROM {table} JOIN tags ON tags.id = {table}.tag_id \
             WHERE {condition} ORDER BY {table}.{object}, position"
        );
        let values = [rows_to_json(&rows)?.into()];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        for found in NameRow::find_by_statement(statement).all(db).await? {
            names.entry(found.object).or_default().push(found.name);
        }
        Ok(names)
    }

    async fn replace(
        &self,
        txn: &mut WriteTxn,
        actor: &Actor,
        object: Uuid,
        names: &TagNames,
    ) -> Result<bool> {
        let stored = self.names(txn.conn(), [object]).await?.remove(&object).unwrap_or_default();
        if names.matches(&stored) {
            return Ok(false);
        }
        let ids = find_or_insert(txn, actor, names).await?;
        self.remove_all(txn, object).await?;
        let position = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
        let rows = ids.into_iter().enumerate().map(|(at, id)| row![object, id, position(at)]).collect();
        execute_all(txn.conn(), vec![BulkWrite::insert(self.table, self.columns, rows)], Vec::new()).await?;
        Ok(true)
    }

    async fn remove_all(&self, txn: &WriteTxn, object: Uuid) -> Result<()> {
        let sql = format!("DELETE FROM {} WHERE {} = $1", self.table, self.object);
        let statement =
            Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, [object.into()]);
        txn.conn().execute_raw(statement).await?;
        Ok(())
    }
}

/// Returns the key of a name, which is unique in an account.
pub(super) fn key(name: &TagName) -> String {
    text_key::key(name.as_str())
}

/// Finds the tags with these names and keeps others from deleting them, or makes them. Returns their ids in the
/// order of the names.
async fn find_or_insert(txn: &mut WriteTxn, actor: &Actor, names: &TagNames) -> Result<Vec<Uuid>> {
    for _ in 0..MAX_ATTEMPTS {
        let found = lock_by_keys(txn, actor.account, names.iter().map(key).collect()).await?;
        let known: HashMap<String, Uuid> = found.into_iter().map(|row| (row.name_key, row.id)).collect();
        let mut missing: Vec<&TagName> =
            names.iter().filter(|name| !known.contains_key(&key(name))).collect();
        if missing.is_empty() {
            return Ok(names.iter().filter_map(|name| known.get(&key(name)).copied()).collect());
        }
        // In one order, because two transactions that insert the same names wait for each other.
        missing.sort_by_key(|name| key(name));
        for name in missing {
            insert(txn, actor, &NewTag { name: name.clone(), description: None }).await?;
        }
    }
    Err(Error::unavailable("tags are made and deleted by other transactions"))
}

/// Loads the tags of an account with these keys, in the order of their ids, and keeps others from deleting them.
pub(super) async fn lock_by_keys(
    txn: &WriteTxn,
    account: AccountId,
    keys: Vec<String>,
) -> Result<Vec<tags::Model>> {
    let mut find = tags::Entity::find()
        .filter(tags::Column::AccountId.eq(account.0))
        .filter(tags::Column::NameKey.is_in(keys))
        .order_by_asc(tags::Column::Id);
    if txn.needs_row_locks() {
        find = find.lock(LockType::KeyShare);
    }
    Ok(find.all(txn.conn()).await?)
}
