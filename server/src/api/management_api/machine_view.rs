//! Parts of machines in answers, of activations and of trials.

use domain::machine::MetadataEntry;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a client was: its address alone, because the server has no file of places.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Location)]
pub struct LocationView {
    /// The client's address, or an empty text.
    ip_address: String,
    /// Always an empty text, as all that follows: places are not looked up.
    country_code: &'static str,
    /// Always an empty text.
    country_name: &'static str,
    /// Always an empty text.
    region_code: &'static str,
    /// Always an empty text.
    region_name: &'static str,
    /// Always an empty text.
    city: &'static str,
    /// Always an empty text.
    zip_code: &'static str,
    /// Always an empty text.
    time_zone: &'static str,
    /// Always 0.
    #[schema(value_type = f64)]
    latitude: u8,
    /// Always 0.
    #[schema(value_type = f64)]
    longitude: u8,
}

impl LocationView {
    /// Creates the place of an address, which may be empty.
    #[must_use]
    pub fn of(ip_address: String) -> Self {
        Self {
            ip_address,
            country_code: "",
            country_name: "",
            region_code: "",
            region_name: "",
            city: "",
            zip_code: "",
            time_zone: "",
            latitude: 0,
            longitude: 0,
        }
    }
}

/// A property that the app has reported.
#[derive(Serialize, ToSchema)]
#[schema(as = v3::MachineProperty)]
pub struct PropertyView {
    /// Its name.
    key: String,
    /// Its value.
    value: String,
}

/// Returns the properties of an app.
#[must_use]
pub fn properties(metadata: Vec<MetadataEntry>) -> Vec<PropertyView> {
    metadata.into_iter().map(|entry| PropertyView { key: entry.key, value: entry.value }).collect()
}
