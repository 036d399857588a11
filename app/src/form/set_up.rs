//! The first run.

use domain::bounded_text::{Name, check_new_password};
use domain::field_error::FieldErrors;
use domain::{Email, FieldError};

/// Who sets the instance up, and the first account.
pub struct SetUpForm {
    /// The operator's name.
    pub name: Name,
    /// What they sign in by.
    pub email: Email,
    /// The account's name.
    pub account: Name,
    /// Long enough, and not yet hashed.
    pub password: String,
    /// The first product's name.
    pub product: Option<Name>,
}

impl SetUpForm {
    /// Checks every field.
    ///
    /// # Errors
    /// All that is wrong.
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
        let whole = || {
            Some(Self {
                name: name?,
                email: email?,
                account: account?,
                password: password?,
                product: product?,
            })
        };
        whole().ok_or_else(|| faults.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_is_reported() {
        let long = "x".repeat(1000);
        let faults =
            SetUpForm::parse("", "nobody", " ", "short".into(), &long).err().expect("nothing is right");
        let fields: Vec<_> = faults.iter().map(|f| f.field).collect();
        assert_eq!(fields, ["name", "email", "account", "password", "product"]);
        assert!(SetUpForm::parse("Ada", "ada@example.com", "Engines", "long enough".into(), "").is_ok());
    }
}
