//! A product's settings.

use domain::development::DevelopmentHosts;
use domain::invalid::Faults;
use domain::license::Limit;
use domain::product::{Settings, Slug, ValidityDays};
use domain::text::Name;
use domain::{Invalid, KeyPrefix};
use serde::{Deserialize, Serialize};

/// A product's settings as its form sends them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductForm {
    name: String,
    slug: String,
    domain_limit: String,
    machine_limit: String,
    validity_days: String,
    key_prefix: String,
    // A box that is not ticked is not sent.
    free_development_hosts: Option<String>,
    #[serde(default)]
    development_hosts: String,
}

impl ProductForm {
    /// Checks every field.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn parse(&self) -> Result<Settings, Vec<Invalid>> {
        let mut faults = Faults::default();
        let name = faults.check(Name::parse("name", &self.name));
        let slug = faults.check(if self.slug.trim().is_empty() {
            Ok(Slug::suggest(&self.name, "product"))
        } else {
            Slug::parse(&self.slug)
        });
        let domain_limit = faults.check(Limit::parse("domain_limit", &self.domain_limit));
        let machine_limit = faults.check(Limit::parse("machine_limit", &self.machine_limit));
        let validity = faults.check(ValidityDays::parse("validity_days", &self.validity_days));
        let key_prefix = faults.check(KeyPrefix::parse(&self.key_prefix));
        let free = self.free_development_hosts.is_some();
        let development = faults.check(DevelopmentHosts::parse(free, &self.development_hosts));
        let (Some(name), Some(slug), Some(domain_limit), Some(machine_limit)) =
            (name, slug, domain_limit, machine_limit)
        else {
            return Err(faults.into_inner());
        };
        let (Some(validity), Some(key_prefix), Some(development)) = (validity, key_prefix, development)
        else {
            return Err(faults.into_inner());
        };
        Ok(Settings { name, slug, domain_limit, machine_limit, validity, key_prefix, development })
    }
}
