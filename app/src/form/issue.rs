//! Licenses to be issued.

use domain::invalid::Faults;
use domain::license::{Issue, Limit};
use domain::text::Name;
use domain::{Email, Invalid, ProductId, Timestamp};
use serde::{Deserialize, Serialize};

use super::license::ahead;

/// Licenses to be issued, as the form sends them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueForm {
    #[serde(default)]
    product: String,
    customer_name: String,
    customer_email: String,
    domain_limit: String,
    machine_limit: String,
    expiry: String,
    expires_at: String,
    count: String,
}

impl IssueForm {
    /// Checks every field. What is left empty comes from the product.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn parse(&self, now: Timestamp) -> Result<Issue, Vec<Invalid>> {
        let mut faults = Faults::default();
        let product = self.product.parse::<ProductId>();
        let product = faults.check(product.map_err(|_| Invalid::new("product", "Please choose a product.")));
        let customer_name = faults.check(Name::optional("customer_name", &self.customer_name));
        let customer_email = faults.check(optional(&self.customer_email, |text| {
            Email::parse(text).map_err(|e| e.at("customer_email"))
        }));
        let domain_limit =
            faults.check(optional(&self.domain_limit, |text| Limit::parse("domain_limit", text)));
        let machine_limit =
            faults.check(optional(&self.machine_limit, |text| Limit::parse("machine_limit", text)));
        let expires_at = faults.check(match self.expiry.as_str() {
            "date" => ahead(&self.expires_at, now).map(|at| Some(Some(at))),
            _ if !self.expires_at.trim().is_empty() => {
                Err(Invalid::new("expires_at", "Choose “On the date below”, or leave the date empty."))
            }
            "never" => Ok(Some(None)),
            _ => Ok(None),
        });
        let count = faults.check(optional(&self.count, |text| {
            let number = text.trim().parse::<u32>().ok().filter(|n| (1..=1000).contains(n));
            number.ok_or_else(|| Invalid::new("count", "The count must be a whole number from 1 to 1,000."))
        }));
        let (Some(product), Some(customer_name), Some(customer_email)) =
            (product, customer_name, customer_email)
        else {
            return Err(faults.into_inner());
        };
        let (Some(domain_limit), Some(machine_limit)) = (domain_limit, machine_limit) else {
            return Err(faults.into_inner());
        };
        let (Some(expires_at), Some(count)) = (expires_at, count) else {
            return Err(faults.into_inner());
        };
        let count = count.unwrap_or(1);
        Ok(Issue { product, customer_name, customer_email, domain_limit, machine_limit, expires_at, count })
    }
}

/// An empty field is the product's default.
fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Result<Option<T>, Invalid> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_all_that_is_wrong_at_once() {
        let form = IssueForm {
            customer_email: "nobody".into(),
            domain_limit: "-1".into(),
            machine_limit: "many".into(),
            expiry: "date".into(),
            count: "0".into(),
            ..IssueForm::default()
        };
        let faults = form.parse(Timestamp::default()).expect_err("nothing is right");
        let fields: Vec<_> = faults.iter().map(|f| f.field).collect();
        assert_eq!(
            fields,
            ["product", "customer_email", "domain_limit", "machine_limit", "expires_at", "count"]
        );
    }
}
