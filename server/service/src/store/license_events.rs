//! The entries of changes that several use cases make to licenses.

use domain::event::Event;
use domain::license::Limit;
use domain::{LicenseId, Timestamp};

use super::{AuditEvent, Changes};

impl AuditEvent {
    /// Returns the entry of a changed expiry.
    pub fn expiry_changed(license: LicenseId, before: Option<Timestamp>, after: Option<Timestamp>) -> Self {
        let date = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), Timestamp::date);
        Self::license(Event::LicenseRenewed, license)
            .detail(format!("{} → {}", date(before), date(after)))
            .with_payload("expires_at", after.map(Timestamp::rfc3339))
            .changes(Changes::of_expiry(before, after))
    }

    /// Returns the entry of changed limits, each before and after the change. `None` if both are as before.
    pub fn limits_changed(
        license: LicenseId,
        domains: (Limit, Limit),
        machines: (Limit, Limit),
    ) -> Option<Self> {
        if domains.0 == domains.1 && machines.0 == machines.1 {
            return None;
        }
        let mut changes = Changes::default();
        changes.add_domain_limit(domains.0, domains.1);
        changes.add_machine_limit(machines.0, machines.1);
        let mut entry = Self::license(Event::LicenseLimitChanged, license).changes(changes);
        let mut said = Vec::new();
        for (name, field, (before, after)) in
            [("domains", "domain_limit", domains), ("machines", "machine_limit", machines)]
        {
            if before != after {
                said.push(format!("{name} {before} → {after}"));
                entry = entry.with_payload(field, after.slots());
            }
        }
        Some(entry.detail(said.join(", ")))
    }
}
