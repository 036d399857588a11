//! The shapes of this dialect's bodies, for the OpenAPI document. Reading is more
//! lenient than they are: names come in any case, numbers as strings.

#![allow(dead_code, reason = "shapes for the document; bodies are read field by field")]

use serde::Serialize;
use utoipa::ToSchema;

/// Why a request got no success.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    /// A sentence for people; it names the field that is at fault.
    pub message: String,
    /// A word for programs.
    #[schema(example = "ACTIVATION_LIMIT_REACHED")]
    pub code: &'static str,
}

/// A property.
#[derive(ToSchema)]
pub struct MetadataProperty {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    key: String,
    /// Its value.
    #[schema(max_length = 4096)]
    value: Option<String>,
}

/// What was used of a meter, in all.
#[derive(ToSchema)]
pub struct MeterUse {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// Uses so far.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    uses: Option<i64>,
}

/// A machine.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct TrialBody {
    /// The product's id, or its number.
    #[schema(min_length = 1, max_length = 256)]
    product_id: String,
    /// What tells this machine from others; echoed exactly.
    #[schema(min_length = 1, max_length = 256)]
    fingerprint: String,
    /// The machine's name in its network.
    #[schema(min_length = 1, max_length = 256)]
    hostname: String,
    /// Its operating system.
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
    /// The virtual machine it is, if it is one.
    #[schema(max_length = 256)]
    vm_name: Option<String>,
    /// The container it is, if it is one.
    #[schema(max_length = 256)]
    container: Option<String>,
    /// The app's release.
    #[schema(max_length = 256)]
    release_version: Option<String>,
    /// The app's own properties.
    #[schema(max_items = 50)]
    metadata: Option<Vec<MetadataProperty>>,
}

/// A machine and its license.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ActivationBody {
    /// The license key.
    #[schema(min_length = 1, max_length = 256, example = "LIC-A3F9-K2M7-P8X1-Q4R6")]
    key: String,
    /// A shorter lease than the product's, in seconds.
    #[schema(minimum = -1, maximum = 4_294_967_295_i64)]
    lease_duration: Option<i64>,
    /// What was used of each meter, in all.
    #[schema(max_items = 50)]
    meter_attributes: Option<Vec<MeterUse>>,
    #[schema(inline)]
    #[serde(flatten)]
    machine: TrialBody,
}

/// Proof that a deactivation is the client's.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DeactivationBody {
    /// The license key.
    #[schema(min_length = 1, max_length = 256)]
    key: String,
    /// The product's id, or its number.
    #[schema(min_length = 1, max_length = 256)]
    product_id: String,
    /// The machine's fingerprint.
    #[schema(min_length = 1, max_length = 256)]
    fingerprint: String,
}

/// Uses to count.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct MeterBody {
    /// How many; negative takes back.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    increment: i64,
    /// The activation's id, the token's `aid`.
    #[schema(min_length = 1, max_length = 256)]
    activation_id: String,
}

/// A request file.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct OfflineBody {
    /// The file's content.
    #[schema(min_length = 1, max_length = 60_000)]
    offline_request: String,
    /// The license that the seller found for it.
    #[schema(format = "uuid")]
    license_id: String,
    /// Within how many seconds the response must be loaded; 0 or none is any time.
    #[schema(minimum = 0, maximum = 315_360_000)]
    response_validity: Option<i64>,
}

/// A request file of a trial.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct OfflineTrialBody {
    /// The file's content.
    #[schema(min_length = 1, max_length = 60_000)]
    offline_request: String,
    /// The product's id, or its number; as in the file.
    #[schema(max_length = 256)]
    product_id: Option<String>,
    /// Within how many seconds the response must be loaded; 0 or none is any time.
    #[schema(minimum = 0, maximum = 315_360_000)]
    response_validity: Option<i64>,
}
