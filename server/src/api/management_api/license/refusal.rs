//! The errors of refused licenses.

use service::license::LicenseRefusal;

use crate::api::management_api::error::{ConflictCode, ManagementError};

/// Returns the error of a license that is not made or changed.
pub(super) fn error(refusal: LicenseRefusal) -> ManagementError {
    match refusal {
        LicenseRefusal::UnknownLicense => ManagementError::NotFound,
        LicenseRefusal::UnknownProduct => ManagementError::InvalidProductId,
        LicenseRefusal::UnknownTemplate => ManagementError::InvalidLicenseTemplateId,
        LicenseRefusal::UnknownCustomer => ManagementError::InvalidUserId,
        LicenseRefusal::UnknownOrganization => ManagementError::InvalidOrganizationId,
        LicenseRefusal::ArchivedProduct => {
            ManagementError::Validation("The product of productId is archived. Restore it first.".to_owned())
        }
        LicenseRefusal::DuplicateKey => {
            ManagementError::Conflict(ConflictCode::DuplicateKey, "Another license has this key.".to_owned())
        }
        LicenseRefusal::DuplicateId => {
            ManagementError::Validation("The id field is the id of another license.".to_owned())
        }
        LicenseRefusal::MissingMetadata(key) => ManagementError::RequiredMetadataMissing(key),
        LicenseRefusal::Revoked => ManagementError::RevokedLicense,
        LicenseRefusal::NotRenewable => ManagementError::LicenseNotRenewable,
        LicenseRefusal::Invalid(error) => ManagementError::Validation(error.message),
    }
}
