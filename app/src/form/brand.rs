//! The form of the seller's look on the customer's page.

use domain::FieldError;
use domain::brand::{Brand, BrandChange};
use domain::field_error::FieldErrors;
use serde::{Deserialize, Serialize};

use super::edit::check;

/// The name, the logo text and the color.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BrandForm {
    name: String,
    name_was: Option<String>,
    logo: String,
    logo_was: Option<String>,
    color: String,
    color_was: Option<String>,
}

impl BrandForm {
    /// Parses a change.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<BrandChange, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = check(&mut faults, &self.name, self.name_was.as_deref(), Brand::parse_name);
        let logo = check(&mut faults, &self.logo, self.logo_was.as_deref(), Brand::parse_logo);
        let color = check(&mut faults, &self.color, self.color_was.as_deref(), Brand::parse_color);
        let change = || Some(BrandChange { name: name?, logo: logo?, color: color? });
        change().ok_or_else(|| faults.into_inner())
    }
}
