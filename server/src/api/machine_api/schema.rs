//! Request and response schemas of the machine API, for the OpenAPI document. The parser is
//! more lenient: it accepts names in any case and numbers as strings.

#![allow(dead_code, reason = "schemas of the document; the service parses the fields")]

use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// An error of the machine API.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    /// A sentence for people. It names the invalid field.
    pub message: String,
    /// Machine-readable error code.
    #[schema(example = "ACTIVATION_LIMIT_REACHED")]
    pub code: &'static str,
}

/// A metadata entry of an activation.
#[derive(ToSchema)]
pub struct MetadataProperty {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    key: String,
    /// Its value.
    #[schema(max_length = 4096)]
    value: Option<String>,
}

/// Total uses of a meter.
#[derive(ToSchema)]
pub struct MeterUse {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// Total uses of this activation.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    uses: Option<i64>,
}

/// A machine that starts a trial.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct TrialBody {
    /// The product's id.
    #[schema(min_length = 1, max_length = 256)]
    product_id: String,
    /// The machine's fingerprint. The token repeats it unchanged.
    #[schema(min_length = 1, max_length = 256)]
    fingerprint: String,
    /// The machine's host name.
    #[schema(min_length = 1, max_length = 256)]
    hostname: String,
    /// The operating system.
    #[schema(min_length = 1, max_length = 256)]
    os: String,
    /// The app's version.
    #[schema(min_length = 1, max_length = 256)]
    app_version: String,
    /// A hash of the name of the machine's user.
    #[schema(min_length = 1, max_length = 256)]
    user_hash: String,
    /// The operating system's version.
    #[schema(max_length = 256)]
    os_version: Option<String>,
    /// The name of the virtual machine, if any.
    #[schema(max_length = 256)]
    vm_name: Option<String>,
    /// The container runtime, if any.
    #[schema(max_length = 256)]
    container: Option<String>,
    /// The app's release.
    #[schema(max_length = 256)]
    release_version: Option<String>,
    /// Metadata of the activation.
    #[schema(max_items = 50)]
    metadata: Option<Vec<MetadataProperty>>,
}

/// A machine and its license key.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ActivationBody {
    /// The license key.
    #[schema(min_length = 1, max_length = 256, example = "LIC-A3F9-K2M7-P8X1-Q4R6")]
    key: String,
    /// The requested lease in seconds, at most the product's.
    #[schema(minimum = -1, maximum = 4_294_967_295_i64)]
    lease_duration: Option<i64>,
    /// Total uses of each meter.
    #[schema(max_items = 50)]
    meter_attributes: Option<Vec<MeterUse>>,
    #[schema(inline)]
    #[serde(flatten)]
    machine: TrialBody,
}

/// Proof that the client owns the activation.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DeactivationBody {
    /// The license key.
    #[schema(min_length = 1, max_length = 256)]
    key: String,
    /// The product's id or number.
    #[schema(min_length = 1, max_length = 256)]
    product_id: String,
    /// The machine's fingerprint.
    #[schema(min_length = 1, max_length = 256)]
    fingerprint: String,
}

/// An increment of a meter.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct MeterBody {
    /// The number of uses to add; a negative number takes uses back.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    increment: i64,
    /// The activation's id, the token's `aid`.
    #[schema(min_length = 1, max_length = 256)]
    activation_id: String,
}

/// An offline request file.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct OfflineBody {
    /// The file's content.
    #[schema(min_length = 1, max_length = 60_000)]
    offline_request: String,
    /// The id of the license to use, or its key.
    license_id: String,
    /// Validity of the response file in seconds. 0 or no value: no limit.
    #[schema(minimum = 0, maximum = 315_360_000)]
    response_validity: Option<i64>,
}

/// An offline request file of a trial.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct OfflineTrialBody {
    /// The file's content.
    #[schema(min_length = 1, max_length = 60_000)]
    offline_request: String,
    /// The product's id, as in the file.
    #[schema(max_length = 256)]
    product_id: Option<String>,
    /// Validity of the response file in seconds. 0 or no value: no limit.
    #[schema(minimum = 0, maximum = 315_360_000)]
    response_validity: Option<i64>,
}

/// Errors of every endpoint that reads a body.
#[derive(IntoResponses)]
pub enum BodyErrors {
    /// The body did not arrive within 8 seconds.
    #[response(status = 408)]
    Timeout(ErrorBody),
    /// The body is larger than 64 KiB.
    #[response(status = 413)]
    TooLarge(ErrorBody),
}

/// The error of a client above its rate limit.
#[derive(IntoResponses)]
pub enum RateLimited {
    /// The client exceeded 50 requests in 5 seconds.
    #[response(status = 429)]
    RateLimited(ErrorBody),
}
