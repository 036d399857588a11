//! Changes of some settings of a product: one form each. What a form does not have stays as it is stored.

use super::settings::{ProductSettings, Slug};
use crate::bounded_text::Name;
use crate::development::DevelopmentHosts;
use crate::edit::Edit;
use crate::field_error::FieldErrors;
use crate::license::Limit;
use crate::license_rules::{ExpiryStart, LicenseRules};
use crate::machine::{MachineRules, Seconds, SyncRules, TrialRules};
use crate::meter::Meters;
use crate::{CustomerOffline, CustomerRelease, FieldError, KeyFormat, KeyPrefix, Period, SlotScope};

/// A change of a product's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductChange {
    /// The name, and what a new license gets.
    Licensing(LicensingChange),
    /// Slots, and hosts that take none.
    Domains(DomainsChange),
    /// Machine rules.
    Machines(MachinesChange),
    /// Meters.
    Meters(Edit<Meters>),
    /// The rules of the customer's page.
    Customers(CustomersChange),
}

/// The name of a product, and the defaults of new licenses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicensingChange {
    /// The name.
    pub name: Edit<Name>,
    /// The name in URLs; `None` derives it from the name.
    pub slug: Option<Edit<Slug>>,
    /// The domain limit.
    pub domain_limit: Edit<Limit>,
    /// The machine limit.
    pub machine_limit: Edit<Limit>,
    /// The validity.
    pub validity: Edit<Option<Period>>,
    /// The pattern of keys.
    pub key_format: Edit<KeyFormat>,
    /// The prefix of keys.
    pub key_prefix: Edit<KeyPrefix>,
    /// What starts the validity; `None` leaves it.
    pub start: Option<Edit<ExpiryStart>>,
}

/// The rules of domain slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainsChange {
    /// The hosts that one slot covers.
    pub slot_scope: Edit<SlotScope>,
    /// Whether development hosts take no slot.
    pub free_development_hosts: Edit<bool>,
    /// The seller's patterns, one a line, as [`DevelopmentHosts::patterns`] returns them.
    pub development_hosts: Edit<String>,
}

/// The machine rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachinesChange {
    /// Virtual machines may activate.
    pub allow_vm: Edit<bool>,
    /// Containers may activate.
    pub allow_container: Edit<bool>,
    /// Each user of a machine takes a slot.
    pub user_locked: Edit<bool>,
    /// Deactivations by the customer.
    pub deactivations: Edit<Limit>,
    /// The sync interval.
    pub sync_interval: Edit<Option<Seconds>>,
    /// The grace time without a sync.
    pub sync_grace: Edit<Option<Seconds>>,
    /// The lease.
    pub lease: Edit<Option<Seconds>>,
    /// The length of a trial; `None` disables trials.
    pub trial_length: Edit<Option<Seconds>>,
    /// The number of machines that may use a trial.
    pub trial_limit: Edit<Limit>,
}

/// The rules of the customer's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomersChange {
    /// How often customers may free an activation.
    pub release: Edit<CustomerRelease>,
    /// Whether customers may activate machines without a network.
    pub offline: Edit<CustomerOffline>,
}

impl ProductChange {
    /// Returns the stored settings with the change.
    ///
    /// # Errors
    /// Returns every field that was changed since the form was rendered; see [`Edit::merge`].
    pub fn apply(self, stored: ProductSettings) -> Result<ProductSettings, Vec<FieldError>> {
        let mut conflicts = FieldErrors::default();
        let changed = match self {
            Self::Licensing(change) => change.apply(stored, &mut conflicts),
            Self::Domains(change) => change.apply(stored, &mut conflicts),
            Self::Machines(change) => {
                change.apply(&stored.machines, &mut conflicts).map(|machines| with_machines(stored, machines))
            }
            Self::Meters(meters) => conflicts
                .check(meters.merge("meters", stored.meters.clone(), Meters::text))
                .map(|meters| ProductSettings { meters, ..stored }),
            Self::Customers(change) => change.apply(stored, &mut conflicts),
        };
        changed.ok_or_else(|| conflicts.into_inner())
    }
}

impl LicensingChange {
    fn apply(self, stored: ProductSettings, conflicts: &mut FieldErrors) -> Option<ProductSettings> {
        let name = conflicts.check(self.name.merge("name", stored.name, Name::to_string));
        let slug = match self.slug {
            Some(slug) => {
                conflicts.check(slug.merge("slug", stored.slug, Slug::to_string)).map(|slug| (slug, false))
            }
            None => name.as_ref().map(|name| (Slug::suggest(name.as_str(), "product"), true)),
        };
        let domains = self.domain_limit.merge("domain_limit", stored.domain_limit, Limit::to_string);
        let machines = self.machine_limit.merge("machine_limit", stored.machine_limit, Limit::to_string);
        let validity = self
            .validity
            .merge("validity", stored.validity, |validity| validity.map(Period::label).unwrap_or_default());
        let format =
            self.key_format.merge("key_format", stored.key_format, |format| format.label().to_owned());
        let prefix =
            self.key_prefix.merge("key_prefix", stored.key_prefix, |prefix| prefix.as_str().to_owned());
        let (domains, machines) = (conflicts.check(domains), conflicts.check(machines));
        let (validity, format, prefix) =
            (conflicts.check(validity), conflicts.check(format), conflicts.check(prefix));
        let start = match self.start {
            Some(start) => {
                conflicts.check(start.merge("start", stored.rules.start, |start| start.label().to_owned()))
            }
            None => Some(stored.rules.start),
        };
        let (slug, slug_is_suggested) = slug?;
        // A format of the form replaces a pattern that a program has set.
        let key_pattern = stored.rules.key_pattern.clone().filter(|_| format == Some(stored.key_format));
        Some(ProductSettings {
            name: name?,
            slug,
            slug_is_suggested,
            domain_limit: domains?,
            machine_limit: machines?,
            validity: validity?,
            key_format: format?,
            key_prefix: prefix?,
            slot_scope: stored.slot_scope,
            development: stored.development,
            machines: stored.machines,
            meters: stored.meters,
            customer_release: stored.customer_release,
            rules: LicenseRules { start: start?, key_pattern, ..stored.rules },
            customer_offline: stored.customer_offline,
        })
    }
}

impl CustomersChange {
    fn apply(self, stored: ProductSettings, conflicts: &mut FieldErrors) -> Option<ProductSettings> {
        let release = self.release.merge("customer_release", stored.customer_release, |rule| rule.label());
        let offline = self.offline.merge("customer_offline", stored.customer_offline, |rule| rule.label());
        let (release, offline) = (conflicts.check(release), conflicts.check(offline));
        Some(ProductSettings { customer_release: release?, customer_offline: offline?, ..stored })
    }
}

impl DomainsChange {
    fn apply(self, stored: ProductSettings, conflicts: &mut FieldErrors) -> Option<ProductSettings> {
        let (enabled, patterns) = (stored.development.enabled(), stored.development.patterns());
        let scope = self.slot_scope.merge("slot_scope", stored.slot_scope, |scope| scope.label().to_owned());
        let enabled = self.free_development_hosts.merge("free_development_hosts", enabled, on_or_off);
        let patterns =
            self.development_hosts.merge("development_hosts", patterns, |text| text.replace('\n', ", "));
        let (scope, enabled, patterns) =
            (conflicts.check(scope), conflicts.check(enabled), conflicts.check(patterns));
        Some(ProductSettings {
            slot_scope: scope?,
            development: DevelopmentHosts::from_storage(enabled?, &patterns?),
            ..stored
        })
    }
}

impl MachinesChange {
    fn apply(self, stored: &MachineRules, conflicts: &mut FieldErrors) -> Option<MachineRules> {
        let duration = |time: &Option<Seconds>| time.map(Seconds::label).unwrap_or_default();
        let stored_length = stored.trial.map(|trial| trial.length);
        let stored_limit = stored.trial.map_or(Limit::UNLIMITED, |trial| trial.limit);
        let SyncRules { interval, grace } = stored.sync;
        let vm = conflicts.check(self.allow_vm.merge("allow_vm", stored.allow_vm, on_or_off));
        let container =
            conflicts.check(self.allow_container.merge("allow_container", stored.allow_container, on_or_off));
        let user = conflicts.check(self.user_locked.merge("user_locked", stored.user_locked, on_or_off));
        let deactivations =
            self.deactivations.merge("deactivation_limit", stored.deactivations, Limit::to_string);
        let deactivations = conflicts.check(deactivations);
        let interval = conflicts.check(self.sync_interval.merge("sync_interval", interval, duration));
        let grace = conflicts.check(self.sync_grace.merge("sync_grace", grace, duration));
        let lease = conflicts.check(self.lease.merge("lease", stored.lease, duration));
        let length = conflicts.check(self.trial_length.merge("trial_days", stored_length, duration));
        let limit = conflicts.check(self.trial_limit.merge("trial_limit", stored_limit, Limit::to_string));
        let (length, limit) = (length?, limit?);
        Some(MachineRules {
            allow_vm: vm?,
            allow_container: container?,
            user_locked: user?,
            deactivations: deactivations?,
            sync: SyncRules { interval: interval?, grace: grace? },
            lease: lease?,
            trial: length.map(|length| TrialRules { length, limit }),
        })
    }
}

/// Returns the settings with machine rules. A changed lease also decides whether licenses float.
fn with_machines(stored: ProductSettings, machines: MachineRules) -> ProductSettings {
    let mut rules = stored.rules.clone();
    if machines.lease != stored.machines.lease {
        (rules.kind, rules.idle_lease) = (None, None);
    }
    ProductSettings { machines, rules, ..stored }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "for Edit::merge")]
fn on_or_off(value: &bool) -> String {
    if *value { "on" } else { "off" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> ProductSettings {
        ProductSettings::with_name(Name::parse("name", "Plugin").expect("a name"))
    }

    fn same<T: Clone>(value: T) -> Edit<T> {
        Edit { new: value.clone(), shown: Some(value) }
    }

    /// The change of a form whose fields are as it showed them.
    fn untouched(shown: &ProductSettings) -> LicensingChange {
        LicensingChange {
            name: same(shown.name.clone()),
            slug: Some(same(shown.slug.clone())),
            domain_limit: same(shown.domain_limit),
            machine_limit: same(shown.machine_limit),
            validity: same(shown.validity),
            key_format: same(shown.key_format),
            key_prefix: same(shown.key_prefix.clone()),
            start: Some(same(shown.rules.start)),
        }
    }

    #[test]
    fn change_of_one_field_keeps_the_changes_of_others() {
        let shown = stored();
        let meanwhile = ProductSettings {
            domain_limit: Limit::new(7),
            slot_scope: SlotScope::Www,
            slug_is_suggested: false,
            ..stored()
        };
        let machine_limit = Edit { new: Limit::new(5), shown: Some(shown.machine_limit) };
        let change = ProductChange::Licensing(LicensingChange { machine_limit, ..untouched(&shown) });
        let expected = ProductSettings { machine_limit: Limit::new(5), ..meanwhile.clone() };
        assert_eq!(change.apply(meanwhile), Ok(expected));
    }

    #[test]
    fn all_conflicts_are_reported_at_once() {
        let shown = stored();
        let meanwhile =
            ProductSettings { domain_limit: Limit::new(7), machine_limit: Limit::UNLIMITED, ..stored() };
        let change = LicensingChange {
            domain_limit: Edit { new: Limit::new(5), shown: Some(shown.domain_limit) },
            machine_limit: Edit { new: Limit::new(5), shown: Some(shown.machine_limit) },
            ..untouched(&shown)
        };
        let conflicts = ProductChange::Licensing(change).apply(meanwhile).expect_err("two conflicts");
        assert_eq!(conflicts.iter().map(|c| c.field).collect::<Vec<_>>(), ["domain_limit", "machine_limit"]);
        assert!(conflicts[1].message.contains("unlimited"), "{}", conflicts[1].message);
    }

    #[test]
    fn start_is_changed_only_if_the_form_has_it() {
        let shown = stored();
        let rolling = Edit { new: ExpiryStart::Rolling, shown: Some(ExpiryStart::Creation) };
        let change = LicensingChange { start: Some(rolling), ..untouched(&shown) };
        let changed = ProductChange::Licensing(change).apply(shown.clone()).expect("no conflict");
        assert_eq!(changed.rules.start, ExpiryStart::Rolling);
        let without = LicensingChange { start: None, ..untouched(&shown) };
        let kept = ProductChange::Licensing(without).apply(changed).expect("no conflict");
        assert_eq!(kept.rules.start, ExpiryStart::Rolling);
    }

    #[test]
    fn empty_slug_is_derived_from_the_name() {
        let shown = stored();
        let name =
            Edit { new: Name::parse("name", "Other Name").expect("a name"), shown: Some(shown.name.clone()) };
        let change = LicensingChange { name, slug: None, ..untouched(&shown) };
        let changed = ProductChange::Licensing(change).apply(shown).expect("no conflict");
        assert_eq!((changed.slug.as_str(), changed.slug_is_suggested), ("other-name", true));
    }
}
