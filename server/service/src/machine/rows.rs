//! The rows of machines, as they are written.

use crate::store::bulk::{Columns, Kind, Row, row};
use crate::store::entity::activations;
use crate::store::write::Write;

/// Rows of machines that are new.
pub fn inserted<'a>(rows: impl IntoIterator<Item = &'a activations::Model>) -> Write {
    Write::insert("activations", COLUMNS, rows.into_iter().map(values).collect())
}

/// What machines that hold their seat said anew.
pub fn renewed<'a>(rows: impl IntoIterator<Item = &'a activations::Model>) -> Write {
    Write::new(COLUMNS, rows.into_iter().map(values).collect(), |from| {
        let said: Vec<String> = SAID.iter().map(|name| format!("{name} = v.{name}")).collect();
        format!("UPDATE activations SET {} FROM {from} WHERE activations.id = v.id", said.join(", "))
    })
}

const COLUMNS: Columns = &[
    ("id", Kind::Uuid),
    ("account_id", Kind::Uuid),
    ("license_id", Kind::Uuid),
    ("kind", Kind::Text),
    ("subject", Kind::Text),
    ("takes_slot", Kind::Bool),
    ("ip", Kind::Text),
    ("created_at", Kind::Int),
    ("hostname", Kind::Text),
    ("os", Kind::Text),
    ("os_version", Kind::Text),
    ("vm_name", Kind::Text),
    ("container", Kind::Text),
    ("app_version", Kind::Text),
    ("release_version", Kind::Text),
    ("user_hash", Kind::Text),
    ("metadata", Kind::Text),
    ("last_synced_at", Kind::Int),
    ("lease_expires_at", Kind::Int),
    ("offline_until", Kind::Int),
    ("meters", Kind::Text),
];

/// Columns that a machine that holds its seat says anew.
const SAID: [&str; 13] = [
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

/// A row's values, in the order of [`COLUMNS`]. Destructured, so that a new column
/// is decided on.
fn values(row: &activations::Model) -> Row {
    let activations::Model {
        id,
        account_id,
        license_id,
        kind,
        subject,
        takes_slot,
        ip,
        // Counted elsewhere.
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
