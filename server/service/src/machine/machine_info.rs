//! Machine properties as reported by the client, and their columns.

use std::borrow::Cow;

use domain::Timestamp;
use domain::license_rules::RulesInForce;
use domain::machine::{Lease, Machine};

use super::ActivationRequest;
use super::request::ActivationMode;
use crate::store::entity::activations;

/// Copies the reported machine info into the row and sets its sync time, lease and offline deadline.
pub fn apply_report(
    row: &mut activations::Model,
    rules: &RulesInForce,
    request: &ActivationRequest,
    mode: ActivationMode,
    now: Timestamp,
) {
    write_info(row, &request.machine);
    row.last_synced_at = Some(now.millis());
    match mode {
        ActivationMode::Online => {
            let requested = rules.requested_lease(request.lease);
            let lease = rules.machines.lease.map(|granted| Lease::grant(granted, requested));
            let ends = lease.map(|lease| lease.ends(now).millis());
            // The machine may still load the response of a customer. Its slot must not be free before.
            row.lease_expires_at = ends.map(|ends| ends.max(row.response_ends_at.unwrap_or(ends)));
            row.offline_until = None;
        }
        ActivationMode::OfflineFile { until } => {
            row.lease_expires_at = None;
            row.offline_until = Some(until.map_or(0, Timestamp::millis));
        }
        ActivationMode::CustomersFile { until } => {
            row.lease_expires_at = None;
            row.offline_until = Some(until.millis());
            row.response_ends_at = Some(until.millis());
        }
    }
}

/// Returns whether the reported machine info equals the stored row.
pub fn info_unchanged(row: &activations::Model, machine: &Machine) -> bool {
    let columns = [
        &row.hostname,
        &row.os,
        &row.os_version,
        &row.vm_name,
        &row.container,
        &row.app_version,
        &row.release_version,
        &row.user_hash,
        &row.metadata,
    ];
    columns
        .into_iter()
        .zip(info_columns(machine))
        .all(|(stored, reported)| stored.as_deref() == reported.as_deref())
}

/// Copies the reported machine info into the row.
fn write_info(row: &mut activations::Model, machine: &Machine) {
    [
        row.hostname,
        row.os,
        row.os_version,
        row.vm_name,
        row.container,
        row.app_version,
        row.release_version,
        row.user_hash,
        row.metadata,
    ] = info_columns(machine).map(|value| value.map(Cow::into_owned));
}

/// Returns the machine info in column order. `Machine` is destructured, so that a new field does
/// not compile until it is handled here.
fn info_columns(machine: &Machine) -> [Option<Cow<'_, str>>; 9] {
    let Machine {
        hostname,
        os,
        os_version,
        vm_name,
        container,
        app_version,
        release_version,
        user_hash,
        metadata,
    } = machine;
    [
        Some(hostname.into()),
        Some(os.into()),
        os_version.as_deref().map(Cow::Borrowed),
        vm_name.as_deref().map(Cow::Borrowed),
        container.as_deref().map(Cow::Borrowed),
        Some(app_version.into()),
        release_version.as_deref().map(Cow::Borrowed),
        Some(user_hash.into()),
        serde_json::to_string(metadata).ok().map(Cow::Owned),
    ]
}

#[cfg(test)]
mod tests {
    use domain::machine::{Fingerprint, MetadataEntry};
    use domain::{LicenseKey, Timestamp};

    use super::*;

    #[test]
    fn only_changed_machine_info_counts_as_changed() {
        let text = || "x".to_owned();
        let changes: [fn(&mut Machine, String); 9] = [
            |machine, text| machine.hostname = text,
            |machine, text| machine.os = text,
            |machine, text| machine.os_version = Some(text),
            |machine, text| machine.vm_name = Some(text),
            |machine, text| machine.container = Some(text),
            |machine, text| machine.app_version = text,
            |machine, text| machine.release_version = Some(text),
            |machine, text| machine.user_hash = text,
            |machine, text| machine.metadata = vec![MetadataEntry { key: text.clone(), value: text }],
        ];
        let (mut machine, mut row) = (Machine::default(), activations::Model::default());
        write_info(&mut row, &machine);
        for change in changes {
            assert!(info_unchanged(&row, &machine));
            change(&mut machine, text());
            assert!(!info_unchanged(&row, &machine), "{machine:?}");
            write_info(&mut row, &machine);
        }
        let request = ActivationRequest {
            key: LicenseKey::parse("LIC-A3F9-K2M7-P8X1-Q4R6").expect("valid license key"),
            raw_key: text(),
            raw_product_id: text(),
            fingerprint: Fingerprint::parse("a").expect("valid fingerprint"),
            machine,
            lease: None,
            meters: Vec::new(),
            address: None,
        };
        apply_report(
            &mut row,
            &RulesInForce::default(),
            &request,
            ActivationMode::Online,
            Timestamp::from_millis(7),
        );
        assert!(info_unchanged(&row, &request.machine));
        assert_eq!(row.last_synced_at, Some(7));
    }
}
