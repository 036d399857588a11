//! The rule columns that templates and products have alike.

use domain::license::Limit;
use domain::license_rules::{LicenseRules, RulesInForce};
use domain::machine::Seconds;
use domain::{KeyFormat, KeyPattern, KeyPrefix, Period};
use sea_orm::Set;

use crate::store::convert;
use crate::store::entity::{license_templates, products};

/// The values of the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleColumns {
    pub domain_limit: Limit,
    pub machine_limit: Limit,
    pub key: KeyPattern,
    pub rules: RulesInForce,
}

impl RuleColumns {
    /// Returns those of a template.
    pub fn of_template(row: &license_templates::Model) -> Self {
        let rules = convert::rules_of_template(row);
        Self {
            domain_limit: Limit::from_storage(row.domain_limit),
            machine_limit: Limit::from_storage(row.machine_limit),
            key: key_pattern(&row.key_format, &row.key_prefix, &rules.rules),
            rules,
        }
    }

    /// Returns those of a product. Its trials are no rule of licenses.
    pub fn of_product(row: &products::Model) -> Self {
        let mut rules = convert::rules_of_product(row);
        rules.machines.trial = None;
        Self {
            domain_limit: Limit::from_storage(row.domain_limit),
            machine_limit: Limit::from_storage(row.machine_limit),
            key: key_pattern(&row.key_format, &row.key_prefix, &rules.rules),
            rules,
        }
    }

    /// The other rules as they are stored.
    fn stored_rules(&self) -> LicenseRules {
        let (_, _, custom) = self.key.clone().into_parts();
        LicenseRules { key_pattern: custom, start: self.rules.expiry.start, ..self.rules.rules.clone() }
    }

    /// Writes the columns of a template.
    pub fn write_template(&self, row: &mut license_templates::ActiveModel) {
        let (format, prefix, _) = self.key.clone().into_parts();
        let machines = &self.rules.machines;
        row.domain_limit = Set(self.domain_limit.to_storage());
        row.machine_limit = Set(self.machine_limit.to_storage());
        row.validity = Set(self.rules.expiry.interval.map(|interval| interval.to_string()));
        row.key_format = Set(format.as_str().to_owned());
        row.key_prefix = Set(prefix.map(|prefix| prefix.as_str().to_owned()).unwrap_or_default());
        row.allow_vm = Set(machines.allow_vm);
        row.allow_container = Set(machines.allow_container);
        row.user_locked = Set(machines.user_locked);
        row.deactivation_limit = Set(machines.deactivations.to_storage());
        row.sync_interval = Set(machines.sync.interval.map(Seconds::to_storage));
        row.sync_grace = Set(machines.sync.grace.map(Seconds::to_storage));
        row.lease = Set(machines.lease.map(Seconds::to_storage));
        row.rules = Set(self.stored_rules().to_storage());
    }

    /// Writes the columns of a product. A pattern without a prefix keeps the product's.
    pub fn write_product(&self, row: &mut products::ActiveModel) {
        let (format, prefix, _) = self.key.clone().into_parts();
        let machines = &self.rules.machines;
        let interval = self.rules.expiry.interval;
        // Nodes of the previous version read the days.
        let days = interval.map(Period::approximate_days).and_then(|days| i32::try_from(days).ok());
        row.domain_limit = Set(self.domain_limit.to_storage());
        row.machine_limit = Set(self.machine_limit.to_storage());
        row.validity_days = Set(days);
        row.validity = Set(interval.map(|interval| interval.to_string()));
        row.key_format = Set(format.as_str().to_owned());
        if let Some(prefix) = prefix {
            row.key_prefix = Set(prefix.as_str().to_owned());
        }
        row.allow_vm = Set(machines.allow_vm);
        row.allow_container = Set(machines.allow_container);
        row.user_locked = Set(machines.user_locked);
        row.deactivation_limit = Set(machines.deactivations.to_storage());
        row.sync_interval = Set(machines.sync.interval.map(Seconds::to_storage));
        row.sync_grace = Set(machines.sync.grace.map(Seconds::to_storage));
        row.lease = Set(machines.lease.map(Seconds::to_storage));
        row.rules = Set(self.stored_rules().to_storage());
    }
}

fn key_pattern(format: &str, prefix: &str, rules: &LicenseRules) -> KeyPattern {
    let format = KeyFormat::parse(format).unwrap_or_default();
    let prefix = KeyPrefix::parse(prefix).unwrap_or_default();
    KeyPattern::from_parts(format, &prefix, rules.key_pattern.as_ref())
}
