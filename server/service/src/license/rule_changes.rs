//! What a change of a license's own rules, meters and echoed fields alters, for the event log.

use domain::license::Visibility;
use domain::license_rules::{EchoedFields, RuleOverrides, RulesInForce};
use domain::meter::{Meter, Meters};
use serde_json::{Value, json};

use crate::store::Changes;

/// Returns what differs between two sets of own rules of a license. Of the meters, only those that differ are listed.
pub(super) fn rule_changes(
    before: &RuleOverrides,
    after: &RuleOverrides,
    of_product: &RulesInForce,
    product_meters: &Meters,
) -> Changes {
    let mut changes = Changes::default();
    changes.add_rules(&before.merge(of_product.clone()), &after.merge(of_product.clone()));
    let meters = [before, after].map(|rules| meters_of(rules, product_meters));
    let only_in = |n: usize| -> Vec<Value> {
        meters[n].iter().filter(|meter| !meters[1 - n].contains(meter)).cloned().collect()
    };
    changes.add("meterAttributes", &only_in(0), &only_in(1));
    add_echoed(&mut changes, &before.echoed, &after.echoed);
    changes
}

/// Returns the meters in force as programs know them, without their counts.
fn meters_of(rules: &RuleOverrides, of_product: &Meters) -> Vec<Value> {
    let in_force = rules.meters.merge(of_product.clone());
    let value = |meter: &Meter| {
        let own = rules.meters.find(&meter.name);
        let visibility = own.map_or(Visibility::ACTIVATION, |own| own.visibility);
        json!({
            "name": meter.name,
            "allowedUses": meter.allowed.unwrap_or(-1),
            "floating": meter.floating,
            "viewPermissions": visibility.words(),
        })
    };
    in_force.all().iter().map(value).collect()
}

/// Ids of users in other systems may be addresses.
fn add_echoed(changes: &mut Changes, before: &EchoedFields, after: &EchoedFields) {
    for (property, former, next) in [
        ("additionalUserIds", &before.additional_users, &after.additional_users),
        ("externalUserIds", &before.external_users, &after.external_users),
    ] {
        if former != next {
            changes.add_hidden(property, !former.is_empty(), !next.is_empty());
        }
    }
    changes.add("entitlementSetId", &before.entitlement_set, &after.entitlement_set);
    changes.add("productVersionId", &before.product_version, &after.product_version);
    changes.add("maintenancePolicyId", &before.maintenance_policy, &after.maintenance_policy);
    changes.add_time("maintenanceExpiresAt", before.maintenance_expires_at, after.maintenance_expires_at);
    changes.add("currentReleaseVersion", &before.current_release, &after.current_release);
    changes.add("maxAllowedReleaseVersion", &before.max_release, &after.max_release);
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::license_rules::OwnMeter;

    use super::*;

    #[test]
    fn the_meters_that_differ_are_listed() {
        let of_product = Meters::parse("exports = 10\nrenders").expect("meters");
        let (before, mut after) = (RuleOverrides::default(), RuleOverrides::default());
        after.meters.set(OwnMeter {
            meter: Meter { name: "exports".into(), allowed: None, floating: true },
            visibility: Visibility::default(),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            removed: false,
        });
        after.echoed.external_users = vec!["bea@x.example".into()];
        let changes = rule_changes(&before, &after, &RulesInForce::default(), &of_product);
        let meter = |allowed: i64, floating: bool, views: &[&str]| json!([{ "name": "exports", "allowedUses": allowed, "floating": floating, "viewPermissions": views }]);
        let expected = json!([
            {
                "propertyName": "meterAttributes",
                "oldValue": meter(10, false, &["activation"]),
                "newValue": meter(-1, true, &[]),
            },
            { "propertyName": "externalUserIds", "oldValue": null, "newValue": "****" },
        ]);
        assert_eq!(changes.into_json(), expected);
    }

    #[test]
    fn a_rule_of_its_own_that_the_product_has_too_is_no_change() {
        let after = RuleOverrides { allow_vm: Some(true), ..RuleOverrides::default() };
        let rules = RulesInForce::default();
        assert!(rule_changes(&RuleOverrides::default(), &after, &rules, &Meters::default()).is_empty());
    }
}
