//! Conversions between rows and domain types.

use domain::license::{Limit, State};
use domain::license_rules::{ExpiryTerms, LicenseRules, RuleOverrides, RulesInForce};
use domain::machine::{MachineRules, Seconds, SyncRules, TrialRules};
use domain::meter::Meters;
use domain::product::{Availability, ProductSettings};
use domain::view::ProductView;
use domain::{
    CustomerOffline, CustomerRelease, KeyFormat, KeyPrefix, OfflineResponse, Period, ProductId, SlotScope,
    Timestamp, TrialAdmission,
};
use sea_orm::Set;
use serde::de::DeserializeOwned;

use super::entity::{activations, license_templates, licenses, products};
use crate::{Error, Result};

/// Converts a stored count; a negative count becomes 0.
pub fn to_count(used: i32) -> u32 {
    u32::try_from(used).unwrap_or(0)
}

/// Converts an optional time in milliseconds.
pub fn to_timestamp(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// Converts a stored slot scope. An unknown word, of a later version, is the default.
pub fn to_slot_scope(word: &str) -> SlotScope {
    SlotScope::parse(word).unwrap_or_default()
}

/// Returns the stored state of a license.
pub fn license_state(row: &licenses::Model) -> Result<State> {
    State::from_storage(&row.state, to_timestamp(row.state_at), row.state_reason.clone())
        .map_err(|e| Error::Internal(format!("license {}: {e}", row.id)))
}

/// Returns whether the end of an activation frees a slot. A domain that shares a slot ends together with the
/// others in it; a development host is in none.
pub fn is_in_slot(row: &activations::Model) -> bool {
    row.takes_slot || row.slot.is_some()
}

/// Returns the response by which a machine may work without a network.
pub fn offline_response(row: &activations::Model) -> Option<OfflineResponse> {
    OfflineResponse::of_machine(to_timestamp(row.offline_until), to_timestamp(row.response_ends_at))
}

/// Returns the state of a license as apps see it: suspended, if the operator has stopped the apps of the
/// account's customers.
pub fn state_for_apps(state: State, apps_stopped: bool) -> State {
    match state {
        State::Active if apps_stopped => State::Suspended { at: Timestamp::default(), reason: None },
        state => state,
    }
}

/// Returns the machine rules of a product.
pub fn machine_rules(row: &products::Model) -> MachineRules {
    MachineRules {
        allow_vm: row.allow_vm,
        allow_container: row.allow_container,
        user_locked: row.user_locked,
        deactivations: Limit::from_storage(row.deactivation_limit),
        sync: SyncRules {
            interval: row.sync_interval.map(Seconds::from_storage),
            grace: row.sync_grace.map(Seconds::from_storage),
        },
        lease: row.lease.map(Seconds::from_storage),
        trial: trial_rules(row),
    }
}

/// Returns the length of a product's trials and their number; `None` if it allows no trials.
pub fn trial_rules(row: &products::Model) -> Option<TrialRules> {
    let days = to_count(row.trial_days?);
    let limit = Limit::from_storage(row.trial_limit);
    let exact = row.trial_length.map(|seconds| TrialRules { length: Seconds::from_storage(seconds), limit });
    // A node of the previous version writes the days alone.
    Some(exact.filter(|exact| exact.days() == days).unwrap_or_else(|| TrialRules::of_days(days, limit)))
}

/// Returns which machines may start a trial of a product. Without a policy it is as for its licenses.
pub fn trial_admission(row: &products::Model) -> TrialAdmission {
    let own = row.trial_admission.as_deref().and_then(TrialAdmission::from_storage);
    own.unwrap_or_else(|| TrialAdmission::of_product(&machine_rules(row)))
}

/// Writes the length of a product's trials and their number.
pub fn set_trial_rules(row: &mut products::ActiveModel, trial: Option<TrialRules>) {
    // Nodes of the previous version read the days.
    row.trial_days = Set(trial.map(|trial| i32::try_from(trial.days()).unwrap_or(i32::MAX)));
    row.trial_length = Set(trial.map(|trial| trial.length.to_storage()));
    row.trial_limit = Set(trial.and_then(|trial| trial.limit.to_storage()));
}

/// Returns the rules of a product, which its licenses follow.
pub fn rules_of_product(row: &products::Model) -> RulesInForce {
    let rules = LicenseRules::from_storage(row.rules.as_deref());
    let expiry = ExpiryTerms { interval: validity(row), start: rules.start };
    RulesInForce { machines: machine_rules(row), rules, expiry }
}

/// Returns the rules in force for a license of this product.
pub fn rules_in_force(product: &products::Model, license: &licenses::Model) -> RulesInForce {
    let of_product = rules_of_product(product);
    match &license.rules {
        None => of_product,
        Some(_) => RuleOverrides::from_storage(license.rules.as_deref()).merge(of_product),
    }
}

/// Returns the meters in force for a license of this product.
pub fn meters_in_force(product: &products::Model, license: &licenses::Model) -> Meters {
    let of_product: Meters = json_or_default(Some(&product.meters));
    match &license.rules {
        None => of_product,
        Some(_) => RuleOverrides::from_storage(license.rules.as_deref()).meters.merge(of_product),
    }
}

/// Returns the rules of a template.
pub fn rules_of_template(row: &license_templates::Model) -> RulesInForce {
    let rules = LicenseRules::from_storage(row.rules.as_deref());
    let machines = MachineRules {
        allow_vm: row.allow_vm,
        allow_container: row.allow_container,
        user_locked: row.user_locked,
        deactivations: Limit::from_storage(row.deactivation_limit),
        sync: SyncRules {
            interval: row.sync_interval.map(Seconds::from_storage),
            grace: row.sync_grace.map(Seconds::from_storage),
        },
        lease: row.lease.map(Seconds::from_storage),
        trial: None,
    };
    let interval = row.validity.as_deref().and_then(|text| text.parse().ok());
    let expiry = ExpiryTerms { interval, start: rules.start };
    RulesInForce { machines, rules, expiry }
}

/// Writes product settings into a row. The full destructuring makes a new setting a compile error
/// here until it is handled.
pub fn set_settings(row: &mut products::ActiveModel, settings: &ProductSettings) {
    let ProductSettings {
        name,
        slug,
        // The service numbers it before it is stored.
        slug_is_suggested: _,
        domain_limit,
        machine_limit,
        validity,
        key_prefix,
        key_format,
        slot_scope,
        development,
        machines,
        meters,
        customer_release,
        rules,
        customer_offline,
    } = settings;
    row.name = Set(name.to_string());
    row.slug = Set(slug.to_string());
    row.domain_limit = Set(domain_limit.to_storage());
    row.machine_limit = Set(machine_limit.to_storage());
    // Nodes of the previous version read the days.
    let days = validity.map(|period| period.as_days().unwrap_or_else(|| period.approximate_days()));
    row.validity_days = Set(days.and_then(|days| i32::try_from(days).ok()));
    row.validity = Set(validity.map(|period| period.to_string()));
    row.key_prefix = Set(key_prefix.as_str().to_owned());
    row.key_format = Set(key_format.as_str().to_owned());
    row.slot_scope = Set(slot_scope.as_str().to_owned());
    row.free_development_hosts = Set(development.enabled());
    row.development_hosts = Set(development.patterns());
    row.meters = Set(serde_json::json!(meters).to_string());
    row.customer_release_days = Set(customer_release.to_storage());
    row.rules = Set(rules.to_storage());
    row.customer_offline_days = Set(customer_offline.to_storage());
    set_machine_rules(row, machines);
}

fn set_machine_rules(row: &mut products::ActiveModel, rules: &MachineRules) {
    let MachineRules { allow_vm, allow_container, user_locked, deactivations, sync, lease, trial } = rules;
    row.allow_vm = Set(*allow_vm);
    row.allow_container = Set(*allow_container);
    row.user_locked = Set(*user_locked);
    row.deactivation_limit = Set(deactivations.to_storage());
    row.sync_interval = Set(sync.interval.map(Seconds::to_storage));
    row.sync_grace = Set(sync.grace.map(Seconds::to_storage));
    row.lease = Set(lease.map(Seconds::to_storage));
    set_trial_rules(row, *trial);
}

/// Parses JSON from a column. Missing or invalid JSON yields the default.
pub fn json_or_default<T: DeserializeOwned + Default>(text: Option<&str>) -> T {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Returns the validity of new licenses. Products of older versions have days only.
pub fn validity(row: &products::Model) -> Option<Period> {
    match &row.validity {
        Some(text) => text.parse().ok(),
        None => row.validity_days.and_then(|days| Period::from_days(u32::try_from(days).ok()?)),
    }
}

/// Converts a product row into its view. The full destructuring makes a new column a compile error here
/// until it is handled.
pub fn product_view(row: products::Model) -> ProductView {
    let (machines, validity) = (machine_rules(&row), validity(&row));
    let products::Model {
        id,
        account_id: _,
        number,
        name,
        slug,
        domain_limit,
        machine_limit,
        validity_days: _,
        validity: _,
        slot_recount_at: _,
        slot_scope,
        key_prefix,
        free_development_hosts,
        development_hosts,
        license_count,
        created_at,
        updated_at: _,
        key_format,
        meters,
        trials_used,
        archived_at,
        customer_release_days,
        rules,
        // Of the management API.
        template_id: _,
        trial_policy_id: _,
        display_name: _,
        description: _,
        metadata: _,
        customer_offline_days,
        // Members see no page while it is set.
        apps_stopped: _,
        // On the page of mails.
        sends_reminders: _,
        // Part of `machine_rules`.
        allow_vm: _,
        allow_container: _,
        user_locked: _,
        deactivation_limit: _,
        sync_interval: _,
        sync_grace: _,
        lease: _,
        trial_days: _,
        trial_limit: _,
        trial_length: _,
        // Of its trial policy.
        trial_admission: _,
    } = row;
    ProductView {
        id: ProductId(id),
        number,
        name,
        slug,
        domain_limit: Limit::from_storage(domain_limit),
        machine_limit: Limit::from_storage(machine_limit),
        validity,
        key_prefix: KeyPrefix::parse(&key_prefix).unwrap_or_default(),
        slot_scope: to_slot_scope(&slot_scope),
        free_development_hosts,
        development_hosts,
        key_format: KeyFormat::parse(&key_format).unwrap_or_default(),
        machines,
        meters: json_or_default(Some(&meters)),
        customer_release: CustomerRelease::from_storage(customer_release_days),
        rules: LicenseRules::from_storage(rules.as_deref()),
        customer_offline: CustomerOffline::from_storage(customer_offline_days),
        trials: to_count(trials_used),
        licenses: license_count,
        created_at: Timestamp::from_millis(created_at),
        archived_at: to_timestamp(archived_at),
    }
}

/// Returns whether a product gets new licenses, and its use so far.
pub fn availability(row: &products::Model) -> Availability {
    Availability {
        archived_at: to_timestamp(row.archived_at),
        licenses: row.license_count,
        trials: to_count(row.trials_used),
    }
}
