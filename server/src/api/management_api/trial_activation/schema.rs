//! Bodies of requests about trials, for the OpenAPI document. The parser is more lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;

use crate::api::management_api::answer::Time;

/// An extension of a trial.
#[derive(ToSchema)]
#[schema(as = v3::TrialExtension, rename_all = "camelCase")]
pub(super) struct TrialExtension {
    /// The seconds by which the trial ends later.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    extension_length: i32,
}

/// The end of a trial.
#[derive(ToSchema)]
#[schema(as = v3::TrialExpiry, rename_all = "camelCase")]
pub(super) struct TrialExpiry {
    /// When the trial ends.
    expires_at: Time,
}
