//! What a machine says, and its row.

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
    row.hostname.as_ref() == Some(hostname)
        && row.os.as_ref() == Some(os)
        && row.os_version == *os_version
        && row.vm_name == *vm_name
        && row.container == *container
        && row.app_version.as_ref() == Some(app_version)
        && row.release_version == *release_version
        && row.user_hash.as_ref() == Some(user_hash)
        && row.metadata == serde_json::to_string(metadata).ok()
}

/// What a machine said of itself, into its row.
fn tell(row: &mut activations::Model, machine: &Machine) {
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
    row.hostname = Some(hostname.clone());
    row.os = Some(os.clone());
    row.os_version.clone_from(os_version);
    row.vm_name.clone_from(vm_name);
    row.container.clone_from(container);
    row.app_version = Some(app_version.clone());
    row.release_version.clone_from(release_version);
    row.user_hash = Some(user_hash.clone());
    row.metadata = serde_json::to_string(metadata).ok();
}

#[cfg(test)]
mod tests {
    use domain::machine::{Fingerprint, Pair};
    use domain::{LicenseKey, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn row() -> activations::Model {
        activations::Model {
            id: Uuid::nil(),
            account_id: Uuid::nil(),
            license_id: Uuid::nil(),
            kind: "machine".into(),
            subject: "a".into(),
            takes_slot: true,
            ip: None,
            verification_count: 0,
            last_verified_at: None,
            created_at: 0,
            hostname: None,
            os: None,
            os_version: None,
            vm_name: None,
            container: None,
            app_version: None,
            release_version: None,
            user_hash: None,
            metadata: None,
            last_synced_at: None,
            lease_expires_at: None,
            offline_until: None,
            meters: None,
        }
    }

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
        let (mut machine, mut row) = (Machine::default(), row());
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
