//! What a machine says, and its row.

use std::borrow::Cow;

use domain::Timestamp;
use domain::machine::{Lease, Machine, Rules};

use super::Request;
use super::seat::Way;
use crate::store::entity::activations;

/// What a machine said just now, into its row.
pub fn say(row: &mut activations::Model, rules: &Rules, request: &Request, way: Way, now: Timestamp) {
    tell(row, &request.machine);
    row.last_synced_at = Some(now.millis());
    match way {
        Way::Online => {
            let lease = rules.lease.map(|granted| Lease::grant(granted, request.lease));
            row.lease_expires_at = lease.map(|lease| lease.ends(now).millis());
            row.offline_until = None;
        }
        Way::File { until } => {
            row.lease_expires_at = None;
            row.offline_until = Some(until.map_or(0, Timestamp::millis));
        }
    }
}

/// Whether a machine says of itself what its row has.
pub fn is_told(row: &activations::Model, machine: &Machine) -> bool {
    let told = [
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
    told.into_iter().zip(texts(machine)).all(|(told, said)| told.as_deref() == said.as_deref())
}

/// What a machine said of itself, into its row.
fn tell(row: &mut activations::Model, machine: &Machine) {
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
    ] = texts(machine).map(|said| said.map(Cow::into_owned));
}

/// What a machine says of itself, in the order of the columns that hold it. Destructured,
/// so that a new field is decided on.
fn texts(machine: &Machine) -> [Option<Cow<'_, str>>; 9] {
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
    use domain::machine::{Fingerprint, Pair};
    use domain::{LicenseKey, Timestamp};

    use super::*;

    #[test]
    fn what_was_told_is_told_and_whatever_is_said_anew_is_not() {
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
            |machine, text| machine.metadata = vec![Pair { key: text.clone(), value: text }],
        ];
        let (mut machine, mut row) = (Machine::default(), activations::Model::default());
        tell(&mut row, &machine);
        for change in changes {
            assert!(is_told(&row, &machine));
            change(&mut machine, text());
            assert!(!is_told(&row, &machine), "{machine:?}");
            tell(&mut row, &machine);
        }
        let request = Request {
            key: LicenseKey::parse("LIC-A3F9-K2M7-P8X1-Q4R6").expect("a key"),
            key_sent: text(),
            product_sent: text(),
            fingerprint: Fingerprint::parse("a").expect("a fingerprint"),
            machine,
            lease: None,
            meters: Vec::new(),
        };
        say(&mut row, &Rules::default(), &request, Way::Online, Timestamp::from_millis(7));
        assert!(is_told(&row, &request.machine));
        assert_eq!(row.last_synced_at, Some(7));
    }
}
