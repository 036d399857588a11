//! The filters of the list of licenses.

use domain::filter::{FieldKind, FilterField, Folding};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::api::management_api::document::{filter_parameters, list_parameters};
use crate::api::management_api::list::ListTable;

/// Filters and orders of licenses.
pub(super) static TABLE: ListTable = ListTable {
    fields: &[
        FilterField::id("productId"),
        FilterField::id("userId"),
        FilterField::id("organizationId"),
        FilterField::id("resellerId"),
        FilterField::id("licenseTemplateId"),
        FilterField::in_any_case("organization.name"),
        FilterField::new("user.email", FieldKind::Email),
        FilterField::text("user.company"),
        FilterField::new("key", FieldKind::Key),
        FilterField::boolean("revoked"),
        FilterField::boolean("suspended"),
        FilterField::new(
            "type",
            FieldKind::Enumeration(&["node-locked", "hosted-floating", "on-premise-floating"]),
        ),
        FilterField::integer("validity"),
        FilterField::new("subscriptionInterval", FieldKind::Period),
        FilterField::new("subscriptionStartTrigger", FieldKind::Enumeration(&["creation", "activation"])),
        FilterField::new("expirationStrategy", FieldKind::Enumeration(&["immediate", "delayed", "rolling"])),
        FilterField::integer("allowedActivations"),
        FilterField::integer("allowedDeactivations"),
        FilterField::integer("allowedDomains"),
        FilterField::integer("totalActivations"),
        FilterField::integer("totalDeactivations"),
        FilterField::boolean("allowVmActivation"),
        FilterField::boolean("userLocked"),
        FilterField::text("notes"),
        FilterField::in_any_case("tags"),
        FilterField::in_any_case("tag"),
        FilterField::new("metadata.key", FieldKind::PairKey(Folding::Ascii)),
        FilterField::new("metadata.value", FieldKind::PairValue(Folding::Ascii)),
        FilterField::time("expiresAt"),
        FilterField::boolean("expired"),
        FilterField::boolean("expiringSoon"),
        FilterField::boolean("perpetual"),
        FilterField::time("activatedAt"),
        FilterField::time("lastUsedAt"),
        FilterField::time("activation.lastSyncedAt"),
        FilterField::text("activation.countryCode"),
        FilterField::text("entitlementSetId"),
        FilterField::text("productVersionId"),
        FilterField::time("maintenanceExpiresAt"),
        FilterField::boolean("maintenanceExpiringSoon"),
        FilterField::text("domain"),
    ],
    sorts: &["expiresAt", "lastUsedAt"],
    parameters: &[],
};

/// Filters of a customer's own licenses: fields that every customer sees.
pub(super) static OWN_TABLE: ListTable = ListTable {
    fields: &[
        FilterField::id("productId"),
        FilterField::id("licenseTemplateId"),
        FilterField::new("key", FieldKind::Key),
        FilterField::boolean("revoked"),
        FilterField::boolean("suspended"),
        FilterField::time("expiresAt"),
        FilterField::boolean("expired"),
        FilterField::boolean("perpetual"),
        FilterField::time("activatedAt"),
        FilterField::time("lastUsedAt"),
        FilterField::text("domain"),
    ],
    sorts: &["expiresAt", "lastUsedAt"],
    parameters: &[],
};

/// The parameters of a list of licenses.
pub(super) struct ListParameters;

impl IntoParams for ListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(&TABLE)
    }
}

/// The parameters of the export.
pub(super) struct ExportParameters;

impl IntoParams for ExportParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        filter_parameters(&TABLE)
    }
}

/// The parameters of the list of a customer's own licenses, which has no search.
pub(super) struct OwnListParameters;

impl IntoParams for OwnListParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = list_parameters(&OWN_TABLE);
        parameters.retain(|parameter| parameter.name != "search");
        parameters
    }
}
