//! A change of a brand by a form.

use super::color::Color;
use super::settings::{Brand, ShortName};
use crate::FieldError;
use crate::edit::Edit;
use crate::field_error::FieldErrors;

/// A change of a brand. What the form does not change stays as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandChange {
    /// The name.
    pub name: Edit<Option<ShortName>>,
    /// The logo text.
    pub logo: Edit<Option<ShortName>>,
    /// The color.
    pub color: Edit<Option<Color>>,
}

impl BrandChange {
    /// Returns the stored brand with the change.
    ///
    /// # Errors
    /// Returns every field that was changed since the form was rendered; see [`Edit::merge`].
    pub fn apply(self, stored: Brand) -> Result<Brand, Vec<FieldError>> {
        let mut conflicts = FieldErrors::default();
        let text = |text: &Option<ShortName>| text.as_ref().map(ToString::to_string).unwrap_or_default();
        let hex = |color: &Option<Color>| color.map(|color| color.to_string()).unwrap_or_default();
        let name = conflicts.check(self.name.merge("name", stored.name, text));
        let logo = conflicts.check(self.logo.merge("logo", stored.logo, text));
        let color = conflicts.check(self.color.merge("color", stored.color, hex));
        let changed = || Some(Brand { name: name?, logo: logo?, color: color? });
        changed().ok_or_else(|| conflicts.into_inner())
    }
}

impl From<Brand> for BrandChange {
    /// Replaces the stored brand, whatever it is.
    fn from(brand: Brand) -> Self {
        let Brand { name, logo, color } = brand;
        Self {
            name: Edit { new: name, shown: None },
            logo: Edit { new: logo, shown: None },
            color: Edit { new: color, shown: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_change_of_a_field_is_reported() {
        let brand = |name: &str, logo: &str| Brand::parse(name, logo, "#1f5f56").expect("a brand");
        let change = BrandChange {
            name: Edit { new: brand("Oak", "").name, shown: Some(brand("Maple", "").name) },
            ..BrandChange::from(brand("", "OAK"))
        };
        assert_eq!(change.clone().apply(brand("Maple", "")), Ok(brand("Oak", "OAK")));
        let conflicts = change.apply(brand("Birch", "")).expect_err("a conflict");
        assert_eq!(conflicts.iter().map(|conflict| conflict.field).collect::<Vec<_>>(), ["name"]);
        assert!(conflicts[0].message.contains("Birch"), "{}", conflicts[0].message);
    }
}
