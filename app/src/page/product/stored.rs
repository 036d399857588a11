//! The stored values of a product's fields, as its forms show them.

use domain::KeyFormat;
use domain::license::Limit;
use domain::machine::Seconds;
use domain::view::ProductView;

use crate::component::StoredFields;

/// Returns the value of a field.
pub fn value_of(stored: &StoredFields, name: &str) -> String {
    stored.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// The fields of a new product.
pub fn new_product() -> StoredFields {
    vec![
        ("domain_limit", "1".to_owned()),
        ("machine_limit", "1".to_owned()),
        ("key_format", KeyFormat::default().as_str().to_owned()),
        ("key_prefix", "LIC".to_owned()),
        ("start", domain::license_rules::ExpiryStart::default().as_str().to_owned()),
    ]
}

/// The fields of the tab "Licensing".
pub fn licensing(product: &ProductView) -> StoredFields {
    vec![
        ("name", product.name.clone()),
        ("slug", product.slug.clone()),
        ("domain_limit", limit(product.domain_limit)),
        ("machine_limit", limit(product.machine_limit)),
        ("validity", product.validity.map(domain::Period::label).unwrap_or_default()),
        ("key_format", product.key_format.as_str().to_owned()),
        ("key_prefix", product.key_prefix.as_str().to_owned()),
        ("start", product.rules.start.as_str().to_owned()),
    ]
}

/// The fields of the tab "Domains".
pub fn domains(product: &ProductView) -> StoredFields {
    vec![
        ("slot_scope", product.slot_scope.as_str().to_owned()),
        ("free_development_hosts", checkbox(product.free_development_hosts)),
        ("development_hosts", product.development_hosts.clone()),
    ]
}

/// The fields of the tab "Machines".
pub fn machines(product: &ProductView) -> StoredFields {
    let rules = &product.machines;
    let duration = |time: Option<Seconds>| time.map(Seconds::label).unwrap_or_default();
    vec![
        ("allow_vm", checkbox(rules.allow_vm)),
        ("allow_container", checkbox(rules.allow_container)),
        ("user_locked", checkbox(rules.user_locked)),
        ("lease", duration(rules.lease)),
        ("sync_interval", duration(rules.sync.interval)),
        ("sync_grace", duration(rules.sync.grace)),
        ("deactivation_limit", limit(rules.deactivations)),
        ("trial_days", rules.trial.map(domain::machine::TrialRules::label).unwrap_or_default()),
        ("trial_limit", rules.trial.map(|trial| limit(trial.limit)).unwrap_or_default()),
    ]
}

/// The field of the tab "Meters".
pub fn meters(product: &ProductView) -> StoredFields {
    vec![("meters", product.meters.text())]
}

/// The fields of the tab "Customers".
pub fn customers(product: &ProductView) -> StoredFields {
    vec![
        ("customer_release", product.customer_release.word()),
        ("customer_offline", product.customer_offline.word()),
    ]
}

/// A limit as a number, empty for unlimited.
fn limit(limit: Limit) -> String {
    limit.slots().map(|n| n.to_string()).unwrap_or_default()
}

fn checkbox(value: bool) -> String {
    if value { "on" } else { "" }.to_owned()
}
