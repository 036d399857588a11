//! Bulk inserts and updates of machine activation rows.

use crate::store::bulk_write::BulkWrite;
use crate::store::entity::activations::{self, INSERT_COLUMNS};
use crate::store::row_values::{RowValues, row};

/// Inserts new machine activations.
pub fn insert<'a>(rows: impl IntoIterator<Item = &'a activations::Model>) -> BulkWrite {
    BulkWrite::insert("activations", INSERT_COLUMNS, rows.into_iter().map(values).collect())
}

/// Updates the reported columns of existing machine activations whose host name is unchanged: SQLite
/// writes the index of a column again when a statement sets it, even to the same value.
pub fn update<'a>(rows: impl IntoIterator<Item = &'a activations::Model>) -> BulkWrite {
    update_columns(rows, &UPDATED_COLUMNS)
}

/// Updates the reported columns of existing machine activations with another host name than before.
pub fn rename<'a>(rows: impl IntoIterator<Item = &'a activations::Model>) -> BulkWrite {
    update_columns(rows, &RENAMED_COLUMNS)
}

fn update_columns<'a>(
    rows: impl IntoIterator<Item = &'a activations::Model>,
    columns: &'static [&'static str],
) -> BulkWrite {
    BulkWrite::new(INSERT_COLUMNS, rows.into_iter().map(values).collect(), move |from| {
        let assignments: Vec<String> = columns.iter().map(|name| format!("{name} = v.{name}")).collect();
        format!("UPDATE activations SET {} FROM {from} WHERE activations.id = v.id", assignments.join(", "))
    })
}

/// Columns that a sync or a repeated activation updates.
const UPDATED_COLUMNS: [&str; 13] = [
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
    "response_ends_at",
];

/// The same with the host name, which is indexed for searches.
const RENAMED_COLUMNS: [&str; 14] = [
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
    "response_ends_at",
];

/// Returns the row's values in the order of [`INSERT_COLUMNS`]. The row is destructured, so that a new
/// column does not compile until it is handled here.
fn values(row: &activations::Model) -> RowValues {
    let activations::Model {
        id,
        account_id,
        license_id,
        kind,
        subject,
        takes_slot,
        ip,
        // Written by the usage counter flush.
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
        // Only domains share slots.
        slot: _,
        response_ends_at,
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
        *response_ends_at,
    ]
}
