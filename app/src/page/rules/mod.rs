//! Pages that change rules: those of a license, and those of a license template.

mod fields;
mod license;
mod new_template;
mod template;

pub use license::LicenseRules;
pub use new_template::NewLicenseTemplate;
pub use template::EditLicenseTemplate;
