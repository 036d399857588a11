//! The differences between two states of a product's settings, in words, for the audit log.

use super::settings::ProductSettings;
use crate::Period;
use crate::license::Limit;
use crate::machine::{Seconds, TrialRules};

impl ProductSettings {
    /// Returns every setting that differs from former ones, with both values: `domain limit 1 → 5`.
    #[must_use]
    pub fn differences(&self, former: &Self) -> Vec<String> {
        former
            .named_values()
            .into_iter()
            .zip(self.named_values())
            .filter(|(former, new)| former != new)
            .map(|((name, former), (_, new))| format!("{name} {} → {}", or_none(&former), or_none(&new)))
            .collect()
    }

    /// All settings with their names and their values in words.
    fn named_values(&self) -> Vec<(&'static str, String)> {
        let machines = &self.machines;
        let duration = |time: Option<Seconds>| time.map(Seconds::label).unwrap_or_default();
        let lines = |text: String| text.lines().collect::<Vec<_>>().join(", ");
        let trial_limit = machines.trial.map_or(Limit::UNLIMITED, |trial| trial.limit);
        vec![
            ("name", self.name.to_string()),
            ("slug", self.slug.to_string()),
            ("domain limit", self.domain_limit.to_string()),
            ("machine limit", self.machine_limit.to_string()),
            ("validity", self.validity.map(Period::label).unwrap_or_default()),
            ("start of the validity", self.rules.start.label().to_owned()),
            ("key format", self.key_format.label().to_owned()),
            ("key prefix", self.key_prefix.as_str().to_owned()),
            ("hosts of a slot", self.slot_scope.label().to_owned()),
            ("free development hosts", yes_or_no(self.development.enabled())),
            ("development hosts", lines(self.development.patterns())),
            ("virtual machines", yes_or_no(machines.allow_vm)),
            ("containers", yes_or_no(machines.allow_container)),
            ("a slot for each user", yes_or_no(machines.user_locked)),
            ("deactivations", machines.deactivations.to_string()),
            ("sync interval", duration(machines.sync.interval)),
            ("sync grace", duration(machines.sync.grace)),
            ("lease", duration(machines.lease)),
            ("trial", machines.trial.map(TrialRules::label).unwrap_or_default()),
            ("trial limit", trial_limit.to_string()),
            ("meters", lines(self.meters.text())),
            ("customers free", self.customer_release.label()),
            ("customers activate offline", self.customer_offline.label()),
        ]
    }
}

fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

fn or_none(value: &str) -> &str {
    if value.is_empty() { "none" } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounded_text::Name;

    #[test]
    fn differences_have_both_values() {
        let former = ProductSettings::with_name(Name::parse("name", "Plugin").expect("a name"));
        assert!(former.differences(&former).is_empty());
        let new = ProductSettings {
            domain_limit: Limit::new(5),
            validity: Period::from_months(12),
            ..former.clone()
        };
        let validity = new.validity.map(Period::label).unwrap_or_default();
        assert_eq!(
            new.differences(&former),
            ["domain limit 1 → 5".to_owned(), format!("validity none → {validity}")]
        );
    }
}
