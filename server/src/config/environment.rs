//! Environment variables of the configuration, and parsing of their lists.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

/// Prefixes of variables that are not settings: of the tests, and of Kubernetes for a service of
/// this name.
const IGNORED_PREFIXES: [&str; 3] = ["COUNTERSIGN_TEST_", "COUNTERSIGN_SERVICE_", "COUNTERSIGN_PORT"];

/// Returns the variables with the prefix `COUNTERSIGN_`, without those of `cargo xtask` and the
/// tests.
pub fn own_variables() -> config::Map<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("COUNTERSIGN_"))
        .filter(|(name, _)| {
            name != "COUNTERSIGN_CONFIG" && !IGNORED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        })
        .map(|(name, value)| match name.as_str() {
            // A single underscore separates nested settings.
            "COUNTERSIGN_RATE_LIMIT_ACTIVATE" => ("COUNTERSIGN_RATE_LIMIT__ACTIVATE".into(), value),
            "COUNTERSIGN_RATE_LIMIT_VERIFY" => ("COUNTERSIGN_RATE_LIMIT__VERIFY".into(), value),
            "COUNTERSIGN_RATE_LIMIT_DEACTIVATE" => ("COUNTERSIGN_RATE_LIMIT__DEACTIVATE".into(), value),
            "COUNTERSIGN_RATE_LIMIT_STATUS" => ("COUNTERSIGN_RATE_LIMIT__STATUS".into(), value),
            _ => (name, value),
        })
        .collect()
}

/// A list, or its text with commas.
#[derive(Deserialize)]
#[serde(untagged)]
enum StringOrList {
    List(Vec<String>),
    Text(String),
}

impl StringOrList {
    fn into_items(self) -> Vec<String> {
        let items = match self {
            Self::List(items) => items,
            Self::Text(text) => text.split(',').map(ToOwned::to_owned).collect(),
        };
        let trimmed = items.iter().map(|item| item.trim().to_owned());
        trimmed.filter(|item| !item.is_empty()).collect()
    }
}

/// Deserializes texts from a list or a comma-separated text.
pub fn texts<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(StringOrList::deserialize(deserializer)?.into_items())
}

/// Deserializes networks or addresses from a list or a comma-separated text.
pub fn networks<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    StringOrList::deserialize(deserializer)?
        .into_items()
        .iter()
        .map(|item| {
            let single = || item.parse::<IpAddr>().map(IpNet::from);
            item.parse::<IpNet>().or_else(|_| single()).map_err(|_| {
                serde::de::Error::custom(format!(
                    "trusted_proxies: “{item}” is neither an address nor a network"
                ))
            })
        })
        .collect()
}
