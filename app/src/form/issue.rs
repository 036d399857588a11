//! Form that issues licenses.

use domain::bounded_text::Name;
use domain::customer::NameChoice;
use domain::field_error::FieldErrors;
use domain::license::{Limit, NewLicense};
use domain::{Email, FieldError, ProductId, Timestamp};
use serde::{Deserialize, Serialize};

use super::license::in_future;

/// Maximum number of licenses of one form. Their keys fit on one page.
const MAX_COUNT: u32 = 500;

/// The submitted form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueForm {
    #[serde(default)]
    product: String,
    customer_name: String,
    customer_email: String,
    #[serde(default)]
    customer_name_conflict: String,
    domain_limit: String,
    machine_limit: String,
    expiry: String,
    expires_at: String,
    count: String,
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    send_keys: String,
}

impl IssueForm {
    /// Parses every field. Empty limits and an empty expiry take the product's defaults.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self, now: Timestamp) -> Result<NewLicense, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let product = self.product.parse::<ProductId>();
        let product =
            faults.check(product.map_err(|_| FieldError::new("product", "Please choose a product.")));
        let customer_name = faults.check(Name::optional("customer_name", &self.customer_name));
        let customer_email = faults.check(optional(&self.customer_email, |text| {
            Email::parse(text).map_err(|e| e.in_field("customer_email"))
        }));
        let name_choice = faults.check(NameChoice::parse(&self.customer_name_conflict));
        let domain_limit =
            faults.check(optional(&self.domain_limit, |text| Limit::parse("domain_limit", text)));
        let machine_limit =
            faults.check(optional(&self.machine_limit, |text| Limit::parse("machine_limit", text)));
        let expires_at = faults.check(match self.expiry.as_str() {
            "date" => in_future(&self.expires_at, now).map(|at| Some(Some(at))),
            _ if !self.expires_at.trim().is_empty() => {
                Err(FieldError::new("expires_at", "Choose “On the date below”, or leave the date empty."))
            }
            "never" => Ok(Some(None)),
            _ => Ok(None),
        });
        let count = faults.check(optional(&self.count, |text| {
            let number = text.trim().parse::<u32>().ok().filter(|n| (1..=MAX_COUNT).contains(n));
            number.ok_or_else(|| FieldError::new("count", "The count must be a whole number from 1 to 500."))
        }));
        let (Some(product), Some(customer_name), Some(customer_email)) =
            (product, customer_name, customer_email)
        else {
            return Err(faults.into_inner());
        };
        let (Some(domain_limit), Some(machine_limit)) = (domain_limit, machine_limit) else {
            return Err(faults.into_inner());
        };
        let (Some(expires_at), Some(count), Some(name_choice)) = (expires_at, count, name_choice) else {
            return Err(faults.into_inner());
        };
        let count = count.unwrap_or(1);
        Ok(NewLicense {
            product,
            customer_name,
            customer_email,
            name_choice,
            domain_limit,
            machine_limit,
            expires_at,
            count,
            form_token: Some(self.form_token.clone()).filter(|token| !token.is_empty()),
            sends_keys: self.send_keys == "on",
        })
    }
}

/// Parses a field. An empty field is `None`, the product's default.
fn optional<T>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, FieldError>,
) -> Result<Option<T>, FieldError> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_is_reported() {
        let form = IssueForm {
            customer_email: "nobody".into(),
            domain_limit: "-1".into(),
            machine_limit: "many".into(),
            expiry: "date".into(),
            customer_name_conflict: "both".into(),
            count: "501".into(),
            ..IssueForm::default()
        };
        let faults = form.parse(Timestamp::default()).expect_err("every field is invalid");
        let fields: Vec<_> = faults.iter().map(|f| f.field).collect();
        assert_eq!(
            fields,
            [
                "product",
                "customer_email",
                "customer_name_conflict",
                "domain_limit",
                "machine_limit",
                "expires_at",
                "count"
            ]
        );
    }
}
