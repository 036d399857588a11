//! The row of a machine activation: insert and update.

use crate::store::bulk_write::BulkWrite;
use crate::store::entity::activations;
use crate::store::row_values::{ColumnType, Columns, RowValues, row};

/// Inserts the rows of new machines.
pub fn insert<'a>(rows: impl IntoIterator<Item = &'a activations::Model>) -> BulkWrite {
    BulkWrite::insert("activations", COLUMNS, rows.into_iter().map(values).collect())
}

/// Updates the reported columns of active machines.
pub fn update<'a>(rows: impl IntoIterator<Item = &'a activations::Model>) -> BulkWrite {
    BulkWrite::new(COLUMNS, rows.into_iter().map(values).collect(), |from| {
        let said: Vec<String> = UPDATED_COLUMNS.iter().map(|name| format!("{name} = v.{name}")).collect();
        format!("UPDATE activations SET {} FROM {from} WHERE activations.id = v.id", said.join(", "))
    })
}

const COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("license_id", ColumnType::Uuid),
    ("kind", ColumnType::Text),
    ("subject", ColumnType::Text),
    ("takes_slot", ColumnType::Bool),
    ("ip", ColumnType::Text),
    ("created_at", ColumnType::Int),
    ("hostname", ColumnType::Text),
    ("os", ColumnType::Text),
    ("os_version", ColumnType::Text),
    ("vm_name", ColumnType::Text),
    ("container", ColumnType::Text),
    ("app_version", ColumnType::Text),
    ("release_version", ColumnType::Text),
    ("user_hash", ColumnType::Text),
    ("metadata", ColumnType::Text),
    ("last_synced_at", ColumnType::Int),
    ("lease_expires_at", ColumnType::Int),
    ("offline_until", ColumnType::Int),
    ("meters", ColumnType::Text),
];

/// The columns that an update writes.
const UPDATED_COLUMNS: [&str; 13] = [
    "hostname",
    "os",
    "os_version",
    "vm_name",
    "container",
    "app_version",
    "release_version",
    "user_hash",
    "metadata",
    "last_synced_at",
    "lease_expires_at",
    "offline_until",
    "meters",
];

/// Returns the values of a row in the order of [`COLUMNS`]. Destructured, so that a new column does
/// not compile until it is handled.
fn values(row: &activations::Model) -> RowValues {
    let activations::Model {
        id,
        account_id,
        license_id,
        kind,
        subject,
        takes_slot,
        ip,
        // The usage counter maintains these columns.
        verification_count: _,
        last_verified_at: _,
        created_at,
        hostname,
        os,
        os_version,
        vm_name,
        container,
        app_version,
        release_version,
        user_hash,
        metadata,
        last_synced_at,
        lease_expires_at,
        offline_until,
        meters,
    } = row;
    row![
        *id,
        *account_id,
        *license_id,
        kind.clone(),
        subject.clone(),
        *takes_slot,
        ip.clone(),
        *created_at,
        hostname.clone(),
        os.clone(),
        os_version.clone(),
        vm_name.clone(),
        container.clone(),
        app_version.clone(),
        release_version.clone(),
        user_hash.clone(),
        metadata.clone(),
        *last_synced_at,
        *lease_expires_at,
        *offline_until,
        meters.clone(),
    ]
}
