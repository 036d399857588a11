//! The form of rules, of a license and of a license template.

use domain::FieldError;
use domain::field_error::FieldErrors;
use domain::license_rules::texts::{
    MAX_ADDRESSES, MAX_RANGES, TimeField, parse_count, parse_interval, parse_limit, parse_ranges,
    parse_release, parse_word,
};
use domain::license_rules::{
    ExpiryStart, FingerprintMatching, IpRange, LeasingStrategy, LicenseKind, RulesEdit,
};
use serde::{Deserialize, Serialize};

use super::edit::check_sent;
use super::rule_field::{Empty, switch, time};

/// The rules. A field that the form does not have arrives without a text and without what it showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RulesForm {
    kind: String,
    kind_was: Option<String>,
    allow_vm: String,
    allow_vm_was: Option<String>,
    allow_container: String,
    allow_container_was: Option<String>,
    user_locked: String,
    user_locked_was: Option<String>,
    deactivations: String,
    deactivations_was: Option<String>,
    fingerprint_matching: String,
    fingerprint_matching_was: Option<String>,
    sync_interval: String,
    sync_interval_was: Option<String>,
    sync_grace: String,
    sync_grace_was: Option<String>,
    clock_offset: String,
    clock_offset_was: Option<String>,
    lease: String,
    lease_was: Option<String>,
    client_lease: String,
    client_lease_was: Option<String>,
    leasing_strategy: String,
    leasing_strategy_was: Option<String>,
    floating_clients: String,
    floating_clients_was: Option<String>,
    interval: String,
    interval_was: Option<String>,
    start: String,
    start_was: Option<String>,
    expiring_soon: String,
    expiring_soon_was: Option<String>,
    discards_addresses: String,
    discards_addresses_was: Option<String>,
    ip_ranges: String,
    ip_ranges_was: Option<String>,
    ip_addresses: String,
    ip_addresses_was: Option<String>,
    denied_addresses: String,
    denied_addresses_was: Option<String>,
    max_release: String,
    max_release_was: Option<String>,
}

impl RulesForm {
    /// Parses the rules of a license. An empty field follows the product. The kind of a license is fixed.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse_own(&self) -> Result<RulesEdit, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let edit = self.parse(&mut faults, Empty::Follows);
        let faults = faults.into_inner();
        if faults.is_empty() { Ok(RulesEdit { kind: None, ..edit }) } else { Err(faults) }
    }

    /// Parses the rules of a template. An empty field restricts nothing.
    pub(super) fn parse_of_template(&self, faults: &mut FieldErrors) -> RulesEdit {
        RulesEdit { max_release: None, ..self.parse(faults, Empty::Unrestricted) }
    }

    fn parse(&self, faults: &mut FieldErrors, empty: Empty) -> RulesEdit {
        let rules = self.parse_sync_and_lease(faults, empty);
        let rules = self.parse_addresses(faults, empty, rules);
        RulesEdit {
            kind: check_sent(faults, &self.kind, self.kind_was.as_deref(), |text| {
                parse_word("kind", text, empty.value(LicenseKind::default()), LicenseKind::parse)
            }),
            allow_vm: switch(
                faults,
                "allow_vm",
                &self.allow_vm,
                self.allow_vm_was.as_deref(),
                empty.value(true),
            ),
            allow_container: switch(
                faults,
                "allow_container",
                &self.allow_container,
                self.allow_container_was.as_deref(),
                empty.value(true),
            ),
            user_locked: switch(
                faults,
                "user_locked",
                &self.user_locked,
                self.user_locked_was.as_deref(),
                empty.value(false),
            ),
            deactivations: check_sent(
                faults,
                &self.deactivations,
                self.deactivations_was.as_deref(),
                |text| parse_limit("deactivations", text, empty.value(-1)),
            ),
            fingerprint_matching: check_sent(
                faults,
                &self.fingerprint_matching,
                self.fingerprint_matching_was.as_deref(),
                |text| {
                    let default = empty.value(FingerprintMatching::default());
                    parse_word("fingerprint_matching", text, default, FingerprintMatching::parse)
                },
            ),
            interval: check_sent(faults, &self.interval, self.interval_was.as_deref(), |text| {
                parse_interval("interval", text, empty.value(String::new()))
            }),
            start: check_sent(faults, &self.start, self.start_was.as_deref(), |text| {
                parse_word("start", text, empty.value(ExpiryStart::default()), ExpiryStart::parse)
            }),
            expiring_soon: time(
                faults,
                TimeField::EXPIRING_SOON,
                &self.expiring_soon,
                self.expiring_soon_was.as_deref(),
                empty,
            ),
            max_release: check_sent(faults, &self.max_release, self.max_release_was.as_deref(), |text| {
                parse_release("max_release", text)
            }),
            ..rules
        }
    }

    fn parse_sync_and_lease(&self, faults: &mut FieldErrors, empty: Empty) -> RulesEdit {
        RulesEdit {
            sync_interval: time(
                faults,
                TimeField::SYNC_INTERVAL,
                &self.sync_interval,
                self.sync_interval_was.as_deref(),
                empty,
            ),
            sync_grace: time(
                faults,
                TimeField::SYNC_GRACE,
                &self.sync_grace,
                self.sync_grace_was.as_deref(),
                empty,
            ),
            clock_offset: time(
                faults,
                TimeField::CLOCK_OFFSET,
                &self.clock_offset,
                self.clock_offset_was.as_deref(),
                empty,
            ),
            lease: time(faults, TimeField::LEASE, &self.lease, self.lease_was.as_deref(), empty),
            client_lease: switch(
                faults,
                "client_lease",
                &self.client_lease,
                self.client_lease_was.as_deref(),
                empty.value(false),
            ),
            leasing_strategy: check_sent(
                faults,
                &self.leasing_strategy,
                self.leasing_strategy_was.as_deref(),
                |text| {
                    let default = empty.value(LeasingStrategy::default());
                    parse_word("leasing_strategy", text, default, LeasingStrategy::parse)
                },
            ),
            floating_clients: check_sent(
                faults,
                &self.floating_clients,
                self.floating_clients_was.as_deref(),
                |text| parse_count("floating_clients", text, empty.value(0)),
            ),
            ..RulesEdit::default()
        }
    }

    fn parse_addresses(&self, faults: &mut FieldErrors, empty: Empty, rules: RulesEdit) -> RulesEdit {
        let ranges = |field, max| {
            move |text: &str| -> Result<Option<Vec<IpRange>>, FieldError> {
                parse_ranges(field, text, max, empty.value(Vec::new()))
            }
        };
        RulesEdit {
            discards_addresses: switch(
                faults,
                "discards_addresses",
                &self.discards_addresses,
                self.discards_addresses_was.as_deref(),
                empty.value(false),
            ),
            ip_ranges: check_sent(
                faults,
                &self.ip_ranges,
                self.ip_ranges_was.as_deref(),
                ranges("ip_ranges", MAX_RANGES),
            ),
            ip_addresses: check_sent(
                faults,
                &self.ip_addresses,
                self.ip_addresses_was.as_deref(),
                ranges("ip_addresses", MAX_ADDRESSES),
            ),
            denied_addresses: check_sent(
                faults,
                &self.denied_addresses,
                self.denied_addresses_was.as_deref(),
                ranges("denied_addresses", MAX_ADDRESSES),
            ),
            ..rules
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::edit::Edit;

    fn sent(text: &str) -> RulesForm {
        RulesForm {
            allow_vm: text.to_owned(),
            allow_vm_was: Some("=".to_owned()),
            sync_grace: "7 days".to_owned(),
            ..RulesForm::default()
        }
    }

    #[test]
    fn a_field_that_the_form_lacks_is_no_change() {
        let edit = sent("").parse_own().expect("an edit");
        let follows = Edit { new: None, shown: Some(None) };
        assert_eq!(edit.allow_vm, Some(follows));
        assert_eq!(edit.sync_grace, Some(Edit { new: Some(604_800), shown: None }));
        assert_eq!((edit.allow_container, edit.interval), (None, None));
        assert_eq!(RulesForm::default().parse_own(), Ok(RulesEdit::default()));
    }

    #[test]
    fn an_empty_field_of_a_template_restricts_nothing() {
        let mut faults = FieldErrors::default();
        let edit = sent("").parse_of_template(&mut faults);
        assert_eq!(edit.allow_vm.map(|edit| edit.new), Some(Some(true)));
        assert!(faults.into_inner().is_empty());
    }

    #[test]
    fn every_invalid_field_is_reported() {
        let form = RulesForm { ip_ranges: "host".into(), start: "soon".into(), ..sent("maybe") };
        let faults = form.parse_own().expect_err("faults");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["ip_ranges", "allow_vm", "start"]);
    }

    #[test]
    fn the_kind_of_a_license_is_fixed() {
        let form = RulesForm { kind: "hosted-floating".into(), ..RulesForm::default() };
        assert_eq!(form.parse_own(), Ok(RulesEdit::default()));
    }
}
