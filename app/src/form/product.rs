//! Forms of a product's settings: one a tab of its page.

use domain::bounded_text::Name;
use domain::development::{DevelopmentHosts, HOSTER_PATTERNS};
use domain::field_error::FieldErrors;
use domain::license_rules::{ExpiryStart, LicenseRules};
use domain::machine::{Seconds, TrialRules};
use domain::meter::Meters;
use domain::product::{
    CustomersChange, DomainsChange, LicensingChange, MachinesChange, ProductChange, ProductSettings, Slug,
};
use domain::{CustomerOffline, CustomerRelease, FieldError, KeyFormat, KeyPrefix, Period, SlotScope};
use serde::{Deserialize, Serialize};

use super::edit::{check, check_limit, check_shown, checkbox};

/// The name of a product and the defaults of its licenses. A new product has the defaults for all else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LicensingForm {
    name: String,
    name_was: Option<String>,
    slug: String,
    slug_was: Option<String>,
    domain_limit: String,
    domain_limit_was: Option<String>,
    machine_limit: String,
    machine_limit_was: Option<String>,
    validity: String,
    validity_was: Option<String>,
    key_format: String,
    key_format_was: Option<String>,
    key_prefix: String,
    key_prefix_was: Option<String>,
    /// A form of an earlier page does not have it.
    start: Option<String>,
    start_was: Option<String>,
}

impl LicensingForm {
    /// Parses the settings of a new product.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse_new(&self) -> Result<ProductSettings, Vec<FieldError>> {
        let LicensingChange {
            name,
            slug,
            domain_limit,
            machine_limit,
            validity,
            key_format,
            key_prefix,
            start,
        } = self.parse_fields()?;
        let defaults = ProductSettings::with_name(name.new);
        let start = start.map(|start| start.new).unwrap_or_default();
        Ok(ProductSettings {
            slug_is_suggested: slug.is_none(),
            slug: slug.map_or(defaults.slug, |slug| slug.new),
            domain_limit: domain_limit.new,
            machine_limit: machine_limit.new,
            validity: validity.new,
            key_format: key_format.new,
            key_prefix: key_prefix.new,
            rules: LicenseRules { start, ..LicenseRules::default() },
            ..defaults
        })
    }

    /// Parses a change.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<ProductChange, Vec<FieldError>> {
        self.parse_fields().map(ProductChange::Licensing)
    }

    fn parse_fields(&self) -> Result<LicensingChange, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = check(&mut faults, &self.name, self.name_was.as_deref(), |text| Name::parse("name", text));
        let slug = if self.slug.trim().is_empty() {
            Some(None)
        } else {
            check(&mut faults, &self.slug, self.slug_was.as_deref(), Slug::parse).map(Some)
        };
        let (domains, was) = (&self.domain_limit, self.domain_limit_was.as_deref());
        let domain_limit = check_limit(&mut faults, "domain_limit", domains, was);
        let (machines, was) = (&self.machine_limit, self.machine_limit_was.as_deref());
        let machine_limit = check_limit(&mut faults, "machine_limit", machines, was);
        let validity = check(&mut faults, &self.validity, self.validity_was.as_deref(), |text| {
            Period::parse("validity", text)
        });
        let key_format =
            check(&mut faults, &self.key_format, self.key_format_was.as_deref(), KeyFormat::parse);
        let key_prefix =
            check(&mut faults, &self.key_prefix, self.key_prefix_was.as_deref(), KeyPrefix::parse);
        let start = match &self.start {
            Some(text) => check(&mut faults, text, self.start_was.as_deref(), parse_start).map(Some),
            None => Some(None),
        };
        let change = || {
            Some(LicensingChange {
                name: name?,
                slug: slug?,
                domain_limit: domain_limit?,
                machine_limit: machine_limit?,
                validity: validity?,
                key_format: key_format?,
                key_prefix: key_prefix?,
                start: start?,
            })
        };
        change().ok_or_else(|| faults.into_inner())
    }
}

fn parse_start(text: &str) -> Result<ExpiryStart, FieldError> {
    ExpiryStart::parse(text).ok_or_else(|| FieldError::new("start", "Choose one of the offered starts."))
}

/// The hosts that one slot covers, and those that take none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DomainsForm {
    slot_scope: String,
    slot_scope_was: Option<String>,
    free_development_hosts: Option<String>,
    free_development_hosts_was: Option<String>,
    development_hosts: String,
    development_hosts_was: Option<String>,
    /// Adds the hosts of common hosters to the list.
    hoster_hosts: Option<String>,
}

impl DomainsForm {
    /// Parses a change.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<ProductChange, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let slot_scope =
            check(&mut faults, &self.slot_scope, self.slot_scope_was.as_deref(), SlotScope::parse);
        let mut hosts = self.development_hosts.clone();
        if self.hoster_hosts.is_some() {
            hosts.push('\n');
            hosts.push_str(&HOSTER_PATTERNS.join("\n"));
        }
        let patterns = |text: &str| DevelopmentHosts::parse(true, text).map(|hosts| hosts.patterns());
        let development_hosts = check(&mut faults, &hosts, self.development_hosts_was.as_deref(), patterns);
        let (free, was) =
            (self.free_development_hosts.as_deref(), self.free_development_hosts_was.as_deref());
        let change = || {
            Some(ProductChange::Domains(DomainsChange {
                slot_scope: slot_scope?,
                free_development_hosts: checkbox(free, was),
                development_hosts: development_hosts?,
            }))
        };
        change().ok_or_else(|| faults.into_inner())
    }
}

/// The machine rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MachinesForm {
    allow_vm: Option<String>,
    allow_vm_was: Option<String>,
    allow_container: Option<String>,
    allow_container_was: Option<String>,
    user_locked: Option<String>,
    user_locked_was: Option<String>,
    deactivation_limit: String,
    deactivation_limit_was: Option<String>,
    sync_interval: String,
    sync_interval_was: Option<String>,
    sync_grace: String,
    sync_grace_was: Option<String>,
    lease: String,
    lease_was: Option<String>,
    trial_days: String,
    trial_days_was: Option<String>,
    trial_limit: String,
    trial_limit_was: Option<String>,
}

impl MachinesForm {
    /// Parses a change.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<ProductChange, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let seconds = |field| move |text: &str| Seconds::parse(field, text);
        let length = |text: &str| TrialRules::parse(text, "").map(|trial| trial.map(|trial| trial.length));
        let (deactivations, was) = (&self.deactivation_limit, self.deactivation_limit_was.as_deref());
        let deactivations = check_limit(&mut faults, "deactivation_limit", deactivations, was);
        let (interval, was) = (&self.sync_interval, self.sync_interval_was.as_deref());
        let sync_interval = check(&mut faults, interval, was, seconds("sync_interval"));
        let (grace, was) = (&self.sync_grace, self.sync_grace_was.as_deref());
        // A program may set that there is none.
        let of_shown = |text: &str| Seconds::parse_shown("sync_grace", text);
        let sync_grace = check_shown(&mut faults, grace, was, seconds("sync_grace"), of_shown);
        let lease = check(&mut faults, &self.lease, self.lease_was.as_deref(), seconds("lease"));
        let trial_length = check(&mut faults, &self.trial_days, self.trial_days_was.as_deref(), length);
        let (trials, was) = (&self.trial_limit, self.trial_limit_was.as_deref());
        let trial_limit = check_limit(&mut faults, "trial_limit", trials, was);
        let change = || {
            Some(ProductChange::Machines(MachinesChange {
                allow_vm: checkbox(self.allow_vm.as_deref(), self.allow_vm_was.as_deref()),
                allow_container: checkbox(
                    self.allow_container.as_deref(),
                    self.allow_container_was.as_deref(),
                ),
                user_locked: checkbox(self.user_locked.as_deref(), self.user_locked_was.as_deref()),
                deactivations: deactivations?,
                sync_interval: sync_interval?,
                sync_grace: sync_grace?,
                lease: lease?,
                trial_length: trial_length?,
                trial_limit: trial_limit?,
            }))
        };
        change().ok_or_else(|| faults.into_inner())
    }
}

/// The meters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetersForm {
    meters: String,
    meters_was: Option<String>,
}

impl MetersForm {
    /// Parses a change.
    ///
    /// # Errors
    /// Returns the invalid field.
    pub fn parse(&self) -> Result<ProductChange, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let meters = check(&mut faults, &self.meters, self.meters_was.as_deref(), Meters::parse);
        meters.map(ProductChange::Meters).ok_or_else(|| faults.into_inner())
    }
}

/// The rules of the customer's page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_field_names, reason = "the names of the form's fields")]
pub struct CustomersForm {
    customer_release: String,
    customer_release_was: Option<String>,
    customer_offline: String,
    customer_offline_was: Option<String>,
}

impl CustomersForm {
    /// Parses a change.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<ProductChange, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let was = self.customer_release_was.as_deref();
        let release = check(&mut faults, &self.customer_release, was, CustomerRelease::parse);
        let was = self.customer_offline_was.as_deref();
        let offline = check(&mut faults, &self.customer_offline, was, CustomerOffline::parse);
        let change =
            || Some(ProductChange::Customers(CustomersChange { release: release?, offline: offline? }));
        change().ok_or_else(|| faults.into_inner())
    }
}
