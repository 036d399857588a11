//! Form of a product's settings.

use domain::bounded_text::Name;
use domain::development::{DevelopmentHosts, HOSTER_PATTERNS};
use domain::field_error::FieldErrors;
use domain::license::Limit;
use domain::machine::{MachineRules, Seconds, SyncRules, TrialRules};
use domain::meter::Meters;
use domain::product::{ProductSettings, Slug};
use domain::{FieldError, KeyFormat, KeyPrefix, Period, SlotScope};
use serde::{Deserialize, Serialize};

/// The submitted form. Browsers omit an unchecked checkbox. Fields that an older page lacks are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductForm {
    name: String,
    slug: String,
    domain_limit: String,
    machine_limit: String,
    validity: String,
    key_prefix: String,
    key_format: String,
    slot_scope: String,
    free_development_hosts: Option<String>,
    development_hosts: String,
    hoster_hosts: Option<String>,
    /// Present if the page has the fields below. A page rendered by an older version lacks it.
    machines: Option<String>,
    allow_vm: Option<String>,
    allow_container: Option<String>,
    user_locked: Option<String>,
    deactivation_limit: String,
    sync_interval: String,
    sync_grace: String,
    lease: String,
    trial_days: String,
    trial_limit: String,
    meters: String,
}

impl ProductForm {
    /// Parses every field.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<ProductSettings, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = faults.check(Name::parse("name", &self.name));
        let slug_is_suggested = self.slug.trim().is_empty();
        let slug = faults.check(if slug_is_suggested {
            Ok(Slug::suggest(&self.name, "product"))
        } else {
            Slug::parse(&self.slug)
        });
        let domain_limit = faults.check(Limit::parse("domain_limit", &self.domain_limit));
        let machine_limit = faults.check(Limit::parse("machine_limit", &self.machine_limit));
        let validity = faults.check(Period::parse("validity", &self.validity));
        let key_format = faults.check(KeyFormat::parse(&self.key_format));
        let key_prefix = faults.check(KeyPrefix::parse(&self.key_prefix));
        let slot_scope = faults.check(SlotScope::parse(&self.slot_scope));
        let free = self.free_development_hosts.is_some();
        let mut hosts = self.development_hosts.clone();
        if self.hoster_hosts.is_some() {
            hosts.push('\n');
            hosts.push_str(&HOSTER_PATTERNS.join("\n"));
        }
        let development = faults.check(DevelopmentHosts::parse(free, &hosts));
        let machines = self.parse_machine_rules(&mut faults);
        let meters = faults.check(Meters::parse(&self.meters));
        let settings = || {
            Some(ProductSettings {
                name: name?,
                slug: slug?,
                slug_is_suggested,
                domain_limit: domain_limit?,
                machine_limit: machine_limit?,
                validity: validity?,
                key_prefix: key_prefix?,
                key_format: key_format?,
                slot_scope: slot_scope?,
                development: development?,
                machines: machines?,
                meters: meters?,
            })
        };
        settings().ok_or_else(|| faults.into_inner())
    }

    /// Returns whether the form has the fields of machine rules and meters.
    #[must_use]
    pub fn has_machine_rules(&self) -> bool {
        self.machines.is_some()
    }

    fn parse_machine_rules(&self, faults: &mut FieldErrors) -> Option<MachineRules> {
        let deactivations = faults.check(Limit::parse("deactivation_limit", &self.deactivation_limit));
        let interval = faults.check(Seconds::parse("sync_interval", &self.sync_interval));
        let grace = faults.check(Seconds::parse("sync_grace", &self.sync_grace));
        let lease = faults.check(Seconds::parse("lease", &self.lease));
        let trial = faults.check(TrialRules::parse(&self.trial_days, &self.trial_limit));
        Some(MachineRules {
            allow_vm: self.allow_vm.is_some(),
            allow_container: self.allow_container.is_some(),
            user_locked: self.user_locked.is_some(),
            deactivations: deactivations?,
            sync: SyncRules { interval: interval?, grace: grace? },
            lease: lease?,
            trial: trial?,
        })
    }
}
