//! Parameters of requests about activations, for the OpenAPI document.

#![allow(dead_code, reason = "schemas of the document; the handlers parse the parameters")]

use utoipa::IntoParams;

/// What an answer includes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct IncludeParameter {
    /// What is answered with each activation: `user`, `organization`, or both with a comma between them.
    include: Option<String>,
}
