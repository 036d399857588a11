//! Parsing and validation of client requests. Offline request files have the same fields.

use std::net::IpAddr;

use domain::json_fields::{Fields, MAX_TEXT};
use domain::machine::{Fingerprint, Machine, MetadataEntry};
use domain::meter::MAX_USES;
use domain::{FieldError, LicenseKey, Timestamp};

/// Maximum number of metadata properties per activation.
const MAX_METADATA: usize = 50;
/// Maximum length of a metadata value, in characters.
const MAX_METADATA_VALUE_LEN: usize = 4096;
/// Maximum number of meters in one request.
const MAX_METERS: usize = 50;

/// An activation or sync request.
#[derive(Clone)]
pub struct ActivationRequest {
    /// The license key.
    pub key: LicenseKey,
    /// The license key as received, for the token.
    pub raw_key: String,
    /// The product id as received.
    pub raw_product_id: String,
    /// The machine's fingerprint.
    pub fingerprint: Fingerprint,
    /// The reported machine info.
    pub machine: Machine,
    /// The requested lease duration, in seconds.
    pub lease: Option<u32>,
    /// Total uses by meter name.
    pub meters: Vec<(String, i64)>,
    /// The address of the client. The caller sets it after parsing; `None` is not checked by the rules.
    pub address: Option<IpAddr>,
}

/// How a machine exchanges data with the server.
#[derive(Clone, Copy)]
pub enum ActivationMode {
    Online,
    /// By file. The client must load the response file before `until`, if set.
    OfflineFile {
        until: Option<Timestamp>,
    },
    /// By a file that the customer makes. The response ends at `until`.
    CustomersFile {
        until: Timestamp,
    },
}

impl ActivationRequest {
    /// Parses an activation or sync request.
    ///
    /// # Errors
    /// Returns the first field that is missing or invalid.
    pub fn parse(fields: &Fields) -> Result<Self, FieldError> {
        let raw_key = fields.required("key")?;
        Ok(Self {
            key: LicenseKey::parse(&raw_key)?,
            raw_key,
            raw_product_id: fields.required("productId")?,
            fingerprint: fingerprint(fields)?,
            machine: machine(fields)?,
            lease: fields
                .number("leaseDuration", -1, i64::from(u32::MAX))?
                .and_then(|seconds| u32::try_from(seconds).ok()),
            meters: meters(fields)?,
            address: None,
        })
    }
}

/// A request to start a trial.
pub struct TrialRequest {
    /// The product id as received.
    pub raw_product_id: String,
    /// The machine's fingerprint.
    pub fingerprint: Fingerprint,
    /// The reported machine info.
    pub machine: Machine,
}

impl TrialRequest {
    /// Parses a request to start a trial.
    ///
    /// # Errors
    /// Returns the first field that is missing or invalid.
    pub fn parse(fields: &Fields) -> Result<Self, FieldError> {
        Ok(Self {
            raw_product_id: fields.required("productId")?,
            fingerprint: fingerprint(fields)?,
            machine: machine(fields)?,
        })
    }
}

/// Optional proof of a deactivation, in addition to the activation id. Only the client and the
/// seller have the activation id.
pub struct DeactivationProof {
    /// The license key.
    pub key: LicenseKey,
    /// The product id as received.
    pub raw_product_id: String,
    /// The machine's fingerprint.
    pub fingerprint: Fingerprint,
}

impl DeactivationProof {
    /// Parses a deactivation proof.
    ///
    /// # Errors
    /// Returns the first field that is missing or invalid.
    pub fn parse(fields: &Fields) -> Result<Self, FieldError> {
        Ok(Self {
            key: LicenseKey::parse(&fields.required("key")?)?,
            raw_product_id: fields.required("productId")?,
            fingerprint: fingerprint(fields)?,
        })
    }
}

fn fingerprint(fields: &Fields) -> Result<Fingerprint, FieldError> {
    Fingerprint::parse(&fields.required("fingerprint")?)
}

fn machine(fields: &Fields) -> Result<Machine, FieldError> {
    Ok(Machine {
        hostname: fields.required("hostname")?,
        os: fields.required("os")?,
        os_version: fields.text("osVersion")?,
        vm_name: fields.text_or_switch("vmName")?,
        container: fields.text_or_switch("container")?,
        app_version: fields.required("appVersion")?,
        release_version: fields.text("releaseVersion")?,
        user_hash: fields.required("userHash")?,
        metadata: metadata(fields)?,
    })
}

fn metadata(fields: &Fields) -> Result<Vec<MetadataEntry>, FieldError> {
    let invalid = || {
        FieldError::new(
            "metadata",
            "The metadata field must be a list of at most 50 objects with the strings key and value.",
        )
    };
    let pair = |item: &Fields| {
        let key = item.text_with_max_len("key", MAX_TEXT)?.ok_or_else(invalid)?;
        Ok(MetadataEntry {
            key,
            value: item.text_with_max_len("value", MAX_METADATA_VALUE_LEN)?.unwrap_or_default(),
        })
    };
    let items = fields.objects("metadata", MAX_METADATA).map_err(|_| invalid())?;
    items.iter().map(|item| pair(item).map_err(|_: FieldError| invalid())).collect()
}

fn meters(fields: &Fields) -> Result<Vec<(String, i64)>, FieldError> {
    let invalid = || {
        FieldError::new(
            "meterAttributes",
            "The meterAttributes field must be a list of at most 50 objects with a name and whole uses.",
        )
    };
    let meter = |item: &Fields| {
        let name = item.required("name")?;
        Ok((name, item.number("uses", 0, MAX_USES)?.unwrap_or(0)))
    };
    let items = fields.objects("meterAttributes", MAX_METERS).map_err(|_| invalid())?;
    items.iter().map(|item| meter(item).map_err(|_: FieldError| invalid())).collect()
}
