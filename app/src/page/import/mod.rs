//! Pages of imports: the form that sends a file, and one import.

mod checked;
mod file_form;
mod format;
mod result;

pub use file_form::ImportLicenses;
pub use result::LicenseImport;
