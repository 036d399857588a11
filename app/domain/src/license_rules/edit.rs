//! Changes of rules by forms: each rule beside what the form showed, and the rules in words.

use serde::{Deserialize, Serialize};

use super::expiry::ExpiryStart;
use super::in_force::RulesInForce;
use super::ip_range::IpRange;
use super::kinds::{FingerprintMatching, LeasingStrategy, LicenseKind};
use super::overrides::RuleOverrides;
use super::texts::{TimeField, interval_text, limit_text, ranges_text, switch_text};
use crate::FieldError;
use crate::edit::Edit;
use crate::field_error::FieldErrors;

/// What a conflict says of a rule that follows the product again.
const FOLLOWS: &str = "as the product";

/// Calls a macro with every rule of [`RulesEdit`]: field, name in the audit log, name on pages, and text.
macro_rules! each_rule {
    ($each:ident) => {
        $each! {
            kind = "type", "Type", |kind| kind.as_str().to_owned();
            allow_vm = "virtual machines", "Virtual machines", |on| switch_text(*on).to_owned();
            allow_container = "containers", "Containers", |on| switch_text(*on).to_owned();
            user_locked = "a slot for each user", "A slot for each user", |on| switch_text(*on).to_owned();
            deactivations = "deactivations", "Deactivations by apps", |limit| limit_text(*limit);
            fingerprint_matching = "fingerprint matching", "Fingerprints", |word| word.as_str().to_owned();
            sync_interval = "sync interval", "Sync every",
                |time| TimeField::SYNC_INTERVAL.text(i64::from(*time));
            sync_grace = "sync grace", "Works without a sync for", |time| TimeField::SYNC_GRACE.text(*time);
            clock_offset = "clock offset", "Clock offset",
                |time| TimeField::CLOCK_OFFSET.text(i64::from(*time));
            lease = "lease", "Lease", |time| TimeField::LEASE.text(i64::from(*time));
            client_lease = "lease of the client", "Apps ask for a shorter lease",
                |on| switch_text(*on).to_owned();
            leasing_strategy = "leasing strategy", "Leasing", |word| word.as_str().to_owned();
            floating_clients = "floating clients", "Floating clients", |count| count.to_string();
            interval = "interval", "Validity", |interval| interval_text(interval);
            start = "start of the interval", "Validity begins", |start| start.as_str().to_owned();
            expiring_soon = "expires soon", "Expires soon",
                |time| TimeField::EXPIRING_SOON.text(i64::from(*time));
            discards_addresses = "addresses are not kept", "Addresses are discarded",
                |on| switch_text(*on).to_owned();
            ip_ranges = "address ranges", "Allowed ranges", |ranges| ranges_text(ranges);
            ip_addresses = "addresses", "Allowed addresses", |ranges| ranges_text(ranges);
            denied_addresses = "denied addresses", "Refused addresses", |ranges| ranges_text(ranges);
        }
    };
}

/// A change of rules by a form; `None` is no field of the form. In an edit, `None` follows the product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RulesEdit {
    /// The kind of the license.
    pub kind: Option<Edit<Option<LicenseKind>>>,
    /// Virtual machines may activate.
    pub allow_vm: Option<Edit<Option<bool>>>,
    /// Containers may activate.
    pub allow_container: Option<Edit<Option<bool>>>,
    /// Each user of a machine takes a slot.
    pub user_locked: Option<Edit<Option<bool>>>,
    /// Number of deactivations by clients.
    pub deactivations: Option<Edit<Option<i64>>>,
    /// How clients compare fingerprints.
    pub fingerprint_matching: Option<Edit<Option<FingerprintMatching>>>,
    /// Interval between two syncs, in seconds.
    pub sync_interval: Option<Edit<Option<u32>>>,
    /// Grace time without a sync, in seconds.
    pub sync_grace: Option<Edit<Option<i64>>>,
    /// Clock skew that clients tolerate, in seconds.
    pub clock_offset: Option<Edit<Option<i32>>>,
    /// The lease, in seconds.
    pub lease: Option<Edit<Option<u32>>>,
    /// Clients may ask for a shorter lease.
    pub client_lease: Option<Edit<Option<bool>>>,
    /// What takes a floating slot.
    pub leasing_strategy: Option<Edit<Option<LeasingStrategy>>>,
    /// Clients of a floating server at the customer's.
    pub floating_clients: Option<Edit<Option<u32>>>,
    /// The interval as an ISO period; empty never ends.
    pub interval: Option<Edit<Option<String>>>,
    /// What starts the interval.
    pub start: Option<Edit<Option<ExpiryStart>>>,
    /// How long before the expiry the license expires soon, in seconds.
    pub expiring_soon: Option<Edit<Option<u32>>>,
    /// Addresses of activations are not kept.
    pub discards_addresses: Option<Edit<Option<bool>>>,
    /// Ranges of addresses that may activate.
    pub ip_ranges: Option<Edit<Option<Vec<IpRange>>>>,
    /// Single addresses that may activate.
    pub ip_addresses: Option<Edit<Option<Vec<IpRange>>>>,
    /// Addresses that may not activate.
    pub denied_addresses: Option<Edit<Option<Vec<IpRange>>>>,
    /// The newest release that may be used; `None` is any.
    pub max_release: Option<Edit<Option<String>>>,
}

/// The labels of rules that have an effect on floating licenses alone.
const OF_FLOATING: [&str; 4] = ["Lease", "Apps ask for a shorter lease", "Leasing", "Floating clients"];

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLine {
    /// The name.
    pub label: String,
    /// The value.
    pub text: String,
    /// The license has it of its own.
    pub is_own: bool,
}

impl RulesEdit {
    /// Sets the changed rules in `own`, and returns their names. The newest release is named too.
    ///
    /// # Errors
    /// Returns the rules that another member has changed since the form was rendered; `own` stays as it is then.
    #[allow(clippy::clone_on_copy, reason = "some of the rules are lists")]
    pub fn merge(self, own: &mut RuleOverrides) -> Result<Vec<&'static str>, Vec<FieldError>> {
        let (mut changed, mut conflicts, mut next) = (Vec::new(), FieldErrors::default(), own.clone());
        macro_rules! set {
            ($($field:ident = $name:literal, $label:literal, $text:expr;)+) => {$(
                if let Some(edit) = self.$field {
                    let merged = edit.merge(stringify!($field), own.$field.clone(), |stored| {
                        stored.as_ref().map_or_else(|| FOLLOWS.to_owned(), $text).replace('\n', ", ")
                    });
                    if let Some(merged) = conflicts.check(merged)
                        && merged != own.$field
                    {
                        next.$field = merged;
                        changed.push($name);
                    }
                }
            )+};
        }
        each_rule!(set);
        if let Some(edit) = self.max_release {
            let stored = own.echoed.max_release.clone();
            let merged = edit.merge("max_release", stored, |stored| stored.clone().unwrap_or_default());
            if let Some(merged) = conflicts.check(merged)
                && merged != own.echoed.max_release
            {
                next.echoed.max_release = merged;
                changed.push("newest release");
            }
        }
        let conflicts = conflicts.into_inner();
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        *own = next;
        Ok(changed)
    }

    /// Returns the submitted rules.
    #[must_use]
    pub fn into_new(self) -> RuleOverrides {
        macro_rules! new {
            ($($field:ident = $name:literal, $label:literal, $text:expr;)+) => {
                RuleOverrides {
                    $($field: self.$field.and_then(|edit| edit.new),)+
                    ..RuleOverrides::default()
                }
            };
        }
        let mut rules = each_rule!(new);
        rules.echoed.max_release = self.max_release.and_then(|edit| edit.new);
        rules
    }
}

impl RuleOverrides {
    /// Returns the rules as forms write them, by their fields. A rule that follows the product is empty.
    #[must_use]
    pub fn texts(&self) -> Vec<(&'static str, String)> {
        macro_rules! texts {
            ($($field:ident = $name:literal, $label:literal, $text:expr;)+) => {
                vec![$((stringify!($field), self.$field.as_ref().map($text).unwrap_or_default())),+]
            };
        }
        let mut texts = each_rule!(texts);
        texts.push(("max_release", self.echoed.max_release.clone().unwrap_or_default()));
        texts
    }

    /// Returns what is in force in words, in the order of the form. Rules of leases have no effect on a node-locked
    /// license, and are left out unless they are its own.
    #[must_use]
    pub fn in_words(&self, of_product: &RulesInForce) -> Vec<RuleLine> {
        let in_force = Self::copy_of(&self.merge(of_product.clone()));
        macro_rules! lines {
            ($($field:ident = $name:literal, $label:literal, $text:expr;)+) => {
                vec![$(RuleLine {
                    label: $label.to_owned(),
                    text: words_of(stringify!($field), &in_force.$field.as_ref().map($text).unwrap_or_default()),
                    is_own: self.$field.is_some(),
                }),+]
            };
        }
        let mut lines = each_rule!(lines);
        if let Some(release) = &self.echoed.max_release {
            lines.push(RuleLine { label: "Newest release".to_owned(), text: release.clone(), is_own: true });
        }
        if in_force.kind == Some(LicenseKind::NodeLocked) {
            lines.retain(|line| line.is_own || !OF_FLOATING.contains(&line.label.as_str()));
        }
        lines
    }
}

/// Returns the text of a rule for a page.
#[must_use]
pub fn words_of(field: &str, text: &str) -> String {
    match field {
        "start" => ExpiryStart::parse(text).unwrap_or_default().label().to_owned(),
        "expiring_soon" if text != TimeField::EXPIRING_SOON.word => format!("{text} before the expiry"),
        _ => text.replace('\n', ", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vm(new: Option<bool>, shown: Option<bool>) -> RulesEdit {
        RulesEdit { allow_vm: Some(Edit { new, shown: Some(shown) }), ..RulesEdit::default() }
    }

    #[test]
    fn a_rule_is_set_and_removed() {
        let mut own = RuleOverrides::default();
        assert_eq!(vm(Some(false), None).merge(&mut own), Ok(vec!["virtual machines"]));
        assert_eq!(own.allow_vm, Some(false));
        assert_eq!(vm(Some(false), Some(false)).merge(&mut own), Ok(Vec::new()));
        assert_eq!(vm(None, Some(false)).merge(&mut own), Ok(vec!["virtual machines"]));
        assert_eq!(own, RuleOverrides::default());
    }

    #[test]
    fn a_rule_that_changed_meanwhile_is_named_and_nothing_is_set() {
        let mut own = RuleOverrides { sync_grace: Some(60), ..RuleOverrides::default() };
        let edit = RulesEdit {
            sync_grace: Some(Edit { new: Some(-1), shown: Some(None) }),
            ..vm(Some(false), None)
        };
        let conflicts = edit.merge(&mut own).expect_err("a conflict");
        assert_eq!((conflicts.len(), conflicts[0].field), (1, "sync_grace"));
        assert!(conflicts[0].message.contains("“1 minute”"), "{}", conflicts[0].message);
        assert_eq!(own, RuleOverrides { sync_grace: Some(60), ..RuleOverrides::default() });
        let edit = RulesEdit {
            sync_grace: Some(Edit { new: Some(-1), shown: Some(Some(5)) }),
            ..RulesEdit::default()
        };
        let conflicts = edit.merge(&mut RuleOverrides::default()).expect_err("a conflict");
        assert!(conflicts[0].message.contains(FOLLOWS), "{}", conflicts[0].message);
    }

    #[test]
    fn own_rules_are_marked_among_those_in_force() {
        let own = RuleOverrides { allow_vm: Some(false), ..RuleOverrides::default() };
        let lines = own.in_words(&RulesInForce::default());
        let marked: Vec<_> = lines.iter().filter(|line| line.is_own).collect();
        assert_eq!(marked, [&RuleLine { label: "Virtual machines".into(), text: "no".into(), is_own: true }]);
        assert!(lines.iter().all(|line| !line.text.is_empty()), "{lines:?}");
    }

    #[test]
    fn rules_of_leases_are_left_out_for_a_node_locked_license() {
        let labels = |own: &RuleOverrides| -> Vec<String> {
            own.in_words(&RulesInForce::default()).into_iter().map(|line| line.label).collect()
        };
        let floating = RuleOverrides { kind: Some(LicenseKind::HostedFloating), ..RuleOverrides::default() };
        assert!(OF_FLOATING.iter().all(|label| labels(&floating).iter().any(|shown| shown == label)));
        let locked = RuleOverrides { floating_clients: Some(3), ..RuleOverrides::default() };
        let shown = labels(&locked).into_iter().filter(|label| OF_FLOATING.contains(&label.as_str()));
        assert_eq!(shown.collect::<Vec<_>>(), ["Floating clients"]);
    }

    proptest! {
        #[test]
        fn an_untouched_form_changes_nothing(vm in any::<Option<bool>>(), grace in proptest::option::of(-1i64..1000)) {
            let mut own = RuleOverrides { allow_vm: vm, sync_grace: grace, ..RuleOverrides::default() };
            let before = own.clone();
            let edit = RulesEdit {
                allow_vm: Some(Edit { new: vm, shown: Some(vm) }),
                sync_grace: Some(Edit { new: grace, shown: Some(grace) }),
                ..RulesEdit::default()
            };
            prop_assert_eq!(edit.merge(&mut own), Ok(Vec::new()));
            prop_assert_eq!(own, before);
        }
    }
}
