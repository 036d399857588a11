//! Why a license is not made or changed as asked, in one type for all programs.

use domain::FieldError;

/// The reason why a license is not made or changed. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LicenseRefusal {
    /// The account has no such license.
    UnknownLicense,
    /// The account has no such product.
    UnknownProduct,
    /// The account has no such template.
    UnknownTemplate,
    /// The account has no such customer.
    UnknownCustomer,
    /// The account has no such organization.
    UnknownOrganization,
    /// The product is archived.
    ArchivedProduct,
    /// Another license has the key.
    DuplicateKey,
    /// Another license has the id.
    DuplicateId,
    /// The template requires this field.
    MissingMetadata(String),
    /// The license is revoked, and this is no change of a revoked license.
    Revoked,
    /// The license never expires, or has no interval.
    NotRenewable,
    /// A field is invalid.
    Invalid(FieldError),
}

impl From<FieldError> for LicenseRefusal {
    fn from(error: FieldError) -> Self {
        Self::Invalid(error)
    }
}
