//! Parts of machines in answers, of activations and of trials.

use domain::machine::MetadataEntry;
use serde::Serialize;

/// Where a client was: its address alone, because the server has no file of places.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LocationView {
    ip_address: String,
    country_code: &'static str,
    country_name: &'static str,
    region_code: &'static str,
    region_name: &'static str,
    city: &'static str,
    zip_code: &'static str,
    time_zone: &'static str,
    latitude: u8,
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
#[derive(Serialize)]
pub struct PropertyView {
    key: String,
    value: String,
}

/// Returns the properties of an app.
#[must_use]
pub fn properties(metadata: Vec<MetadataEntry>) -> Vec<PropertyView> {
    metadata.into_iter().map(|entry| PropertyView { key: entry.key, value: entry.value }).collect()
}
