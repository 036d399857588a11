//! Form of the set-up.

use domain::bounded_text::{Name, check_new_password};
use domain::field_error::FieldErrors;
use domain::{Email, FieldError};

/// The operator, the first account and the first product.
pub struct SetUpForm {
    /// The operator's name.
    pub name: Name,
    /// The operator's e-mail address for signing in.
    pub email: Email,
    /// The account's name.
    pub account: Name,
    /// The operator's password in clear, long enough.
    pub password: String,
    /// The first product's name.
    pub product: Option<Name>,
}

impl SetUpForm {
    /// Parses every field.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(
        name: &str,
        email: &str,
        account: &str,
        password: String,
        product: &str,
    ) -> Result<Self, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = faults.check(Name::parse("name", name));
        let email = faults.check(Email::parse(email));
        let account = faults.check(Name::parse("account", account));
        let password = faults.check(check_new_password(&password).map(|()| password));
        let product = faults.check(Name::optional("product", product));
        let parsed = || {
            Some(Self {
                name: name?,
                email: email?,
                account: account?,
                password: password?,
                product: product?,
            })
        };
        parsed().ok_or_else(|| faults.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_is_reported() {
        let long = "x".repeat(1000);
        let faults =
            SetUpForm::parse("", "nobody", " ", "short".into(), &long).err().expect("every field is invalid");
        let fields: Vec<_> = faults.iter().map(|f| f.field).collect();
        assert_eq!(fields, ["name", "email", "account", "password", "product"]);
        assert!(SetUpForm::parse("Ada", "ada@example.com", "Engines", "long enough".into(), "").is_ok());
    }
}
