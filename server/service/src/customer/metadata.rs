//! A seller's own fields of customers.

use std::collections::HashMap;

use domain::object_metadata::{
    FieldChange, ViewPermission, check_count, last_of_each_key, permissions_from_storage,
    permissions_to_storage,
};
use domain::{AccountId, CustomerId, Timestamp, text_key};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, Set,
};
use uuid::Uuid;

use crate::store::WriteTxn;
use crate::store::entity::customer_metadata::{self, ActiveModel, Column, Entity, Model};
use crate::store::row_values::{ColumnType, in_rows, row};
use crate::{Result, new_id};

/// A field of a seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataField {
    /// The id.
    pub id: Uuid,
    /// When the field was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The name.
    pub key: String,
    /// The value.
    pub value: String,
    /// Who sees the field beside the seller.
    pub permissions: Vec<ViewPermission>,
}

/// Loads the fields of customers by one statement, in the order in which they were made.
pub(super) async fn load_many(
    db: &impl ConnectionTrait,
    customers: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<MetadataField>>> {
    let rows: Vec<_> = customers.into_iter().map(|id| row![id]).collect();
    let mut fields: HashMap<Uuid, Vec<MetadataField>> = HashMap::new();
    if rows.is_empty() {
        return Ok(fields);
    }
    let of_customers = in_rows(db.get_database_backend(), &[("customer_id", ColumnType::Uuid)], &rows)?;
    let found = Entity::find().filter(of_customers).order_by_asc(Column::Id).all(db).await?;
    for row in found {
        fields.entry(row.customer_id).or_default().push(field(row));
    }
    Ok(fields)
}

fn field(row: Model) -> MetadataField {
    MetadataField {
        id: row.id,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        key: row.key,
        value: row.value,
        permissions: permissions_from_storage(&row.view_permissions),
    }
}

async fn load_rows(txn: &WriteTxn, customer: CustomerId) -> Result<Vec<Model>> {
    let find = Entity::find().filter(Column::CustomerId.eq(customer.0)).order_by_asc(Column::Id);
    Ok(find.all(txn.conn()).await?)
}

/// Sets fields of a customer, whom the caller has locked; others stay. Returns the names of those that differ.
///
/// # Errors
/// Returns an error of the field `metadata` if the customer would have more than fifty.
pub(super) async fn merge(
    txn: &WriteTxn,
    account: AccountId,
    customer: CustomerId,
    changes: Vec<FieldChange>,
) -> Result<Vec<String>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let stored = load_rows(txn, customer).await?;
    let mut count = stored.len();
    let mut keys = Vec::new();
    for change in last_of_each_key(changes)? {
        let key_lower = text_key::key(change.key.as_str());
        let known = stored.iter().find(|row| row.key_lower == key_lower);
        let permissions = match (&change.permissions, known) {
            (Some(permissions), _) => permissions_to_storage(permissions),
            (None, Some(known)) => known.view_permissions.clone(),
            (None, None) => String::new(),
        };
        let value = change.value.as_deref().or(known.map(|known| known.value.as_str())).unwrap_or_default();
        match known {
            Some(known) if known.value == value && known.view_permissions == permissions => continue,
            Some(known) => {
                let mut update = known.clone().into_active_model();
                set_value(&mut update, value);
                update.view_permissions = Set(permissions);
                update.updated_at = Set(txn.now().millis());
                update.update(txn.conn()).await?;
            }
            None => {
                count += 1;
                check_count(count)?;
                let row = new_row(txn, (account, customer), change.key.as_str(), value, permissions);
                Entity::insert(row).exec_without_returning(txn.conn()).await?;
            }
        }
        keys.push(change.key.to_string());
    }
    Ok(keys)
}

/// Replaces all fields of a customer, whom the caller has locked. Fields that stay keep who may see them.
/// Returns the names of those that differ.
///
/// # Errors
/// As [`merge`].
pub(super) async fn replace(
    txn: &WriteTxn,
    account: AccountId,
    customer: CustomerId,
    changes: Vec<FieldChange>,
) -> Result<Vec<String>> {
    let kept: Vec<String> = changes.iter().map(|change| text_key::key(change.key.as_str())).collect();
    let stored = load_rows(txn, customer).await?;
    let removed: Vec<&Model> = stored.iter().filter(|row| !kept.contains(&row.key_lower)).collect();
    for row in &removed {
        Entity::delete_by_id(row.id).exec(txn.conn()).await?;
    }
    let mut keys: Vec<String> = removed.into_iter().map(|row| row.key.clone()).collect();
    keys.extend(merge(txn, account, customer, changes).await?);
    Ok(keys)
}

/// Moves the fields that `keep` lacks from `other`, as far as there is room. Both are locked.
pub(super) async fn move_missing(txn: &WriteTxn, keep: CustomerId, other: CustomerId) -> Result<()> {
    let kept = load_rows(txn, keep).await?;
    let mut count = kept.len();
    for row in load_rows(txn, other).await? {
        let is_known = kept.iter().any(|known| known.key_lower == row.key_lower);
        if is_known || check_count(count + 1).is_err() {
            continue;
        }
        count += 1;
        let mut update = row.into_active_model();
        update.customer_id = Set(keep.0);
        update.update(txn.conn()).await?;
    }
    delete_all(txn, other).await
}

/// Deletes all fields of a customer, whom the caller has locked.
pub(super) async fn delete_all(txn: &WriteTxn, customer: CustomerId) -> Result<()> {
    Entity::delete_many().filter(Column::CustomerId.eq(customer.0)).exec(txn.conn()).await?;
    Ok(())
}

fn new_row(
    txn: &WriteTxn,
    (account, customer): (AccountId, CustomerId),
    key: &str,
    value: &str,
    permissions: String,
) -> ActiveModel {
    let now = txn.now().millis();
    let mut row = customer_metadata::ActiveModel {
        id: Set(new_id()),
        account_id: Set(account.0),
        customer_id: Set(customer.0),
        key: Set(key.to_owned()),
        key_lower: Set(text_key::key(key)),
        view_permissions: Set(permissions),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    set_value(&mut row, value);
    row
}

fn set_value(row: &mut ActiveModel, value: &str) {
    row.value = Set(value.to_owned());
    row.value_lower = Set(text_key::bounded_key(value));
}
