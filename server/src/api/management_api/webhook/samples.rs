//! Made-up objects, for tests of a webhook: those of the documentation.

use domain::webhook::ObjectKind;

/// Returns the JSON of a made-up object.
pub(super) fn sample(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::License => include_str!("samples/license.json"),
        ObjectKind::Activation => include_str!("samples/activation.json"),
        ObjectKind::DomainActivation => include_str!("samples/domain_activation.json"),
        ObjectKind::TrialActivation => include_str!("samples/trial_activation.json"),
        ObjectKind::User => include_str!("samples/user.json"),
        ObjectKind::Organization => include_str!("samples/organization.json"),
        ObjectKind::Product => include_str!("samples/product.json"),
        ObjectKind::LicenseTemplate => include_str!("samples/license_template.json"),
        ObjectKind::TrialPolicy => include_str!("samples/trial_policy.json"),
        ObjectKind::Webhook => include_str!("samples/webhook.json"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_one_object_without_white_space_around_it() {
        for kind in ObjectKind::ALL {
            let text = sample(kind);
            let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
            assert!(value["id"].is_string(), "{kind:?}");
            assert!(text.starts_with('{') && text.ends_with('}'), "{kind:?}");
        }
    }
}
