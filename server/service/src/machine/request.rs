//! What clients send, checked field by field. The offline files hold the same.

use domain::json_fields::{Fields, MAX_TEXT};
use domain::machine::{Fingerprint, Machine, MetadataEntry};
use domain::meter::MAX_USES;
use domain::{FieldError, LicenseKey};

/// Properties of an activation, at most.
const MAX_METADATA: usize = 50;
/// The longest value of a property, in characters.
const MAX_METADATA_VALUE_LEN: usize = 4096;
/// Meters in one request, at most.
const MAX_METERS: usize = 50;

/// What a client sends to activate or to sync.
#[derive(Clone)]
pub struct ActivationRequest {
    /// The license key.
    pub key: LicenseKey,
    /// The key as it was sent, for the token.
    pub raw_key: String,
    /// The product's id, as it was sent.
    pub raw_product_id: String,
    /// The machine's fingerprint.
    pub fingerprint: Fingerprint,
    /// What the machine says of itself.
    pub machine: Machine,
    /// How long a lease the client wants, in seconds.
    pub lease: Option<u32>,
    /// What it has used of each meter, in all.
    pub meters: Vec<(String, i64)>,
}

impl ActivationRequest {
    /// Reads an activation or a sync.
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub fn parse(fields: &Fields) -> Result<Self, FieldError> {
        let key_sent = fields.required("key")?;
        Ok(Self {
            key: LicenseKey::parse(&key_sent)?,
            raw_key: key_sent,
            raw_product_id: fields.required("productId")?,
            fingerprint: fingerprint(fields)?,
            machine: machine(fields)?,
            lease: fields
                .number("leaseDuration", -1, i64::from(u32::MAX))?
                .and_then(|seconds| u32::try_from(seconds).ok()),
            meters: meters(fields)?,
        })
    }
}

/// What a client sends to begin a trial.
pub struct TrialRequest {
    /// The product's id, as it was sent.
    pub raw_product_id: String,
    /// The machine's fingerprint.
    pub fingerprint: Fingerprint,
    /// What the machine says of itself.
    pub machine: Machine,
}

impl TrialRequest {
    /// Reads the beginning of a trial.
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub fn parse(fields: &Fields) -> Result<Self, FieldError> {
        Ok(Self {
            raw_product_id: fields.required("productId")?,
            fingerprint: fingerprint(fields)?,
            machine: machine(fields)?,
        })
    }
}

/// What a client can show beside the activation's id, which is itself known to
/// nobody but the client and the seller.
pub struct DeactivationProof {
    /// The license key.
    pub key: LicenseKey,
    /// The product's id, as it was sent.
    pub raw_product_id: String,
    /// The machine's fingerprint.
    pub fingerprint: Fingerprint,
}

impl DeactivationProof {
    /// Reads a proof.
    ///
    /// # Errors
    /// The first field that is missing or wrong.
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
        vm_name: fields.text("vmName")?,
        container: fields.text_or_switch("container")?,
        app_version: fields.required("appVersion")?,
        release_version: fields.text("releaseVersion")?,
        user_hash: fields.required("userHash")?,
        metadata: metadata(fields)?,
    })
}

fn metadata(fields: &Fields) -> Result<Vec<MetadataEntry>, FieldError> {
    let wrong = || {
        FieldError::new(
            "metadata",
            "The metadata field must be a list of at most 50 objects with the strings key and value.",
        )
    };
    let pair = |item: &Fields| {
        let key = item.text_with_max_len("key", MAX_TEXT)?.ok_or_else(wrong)?;
        Ok(MetadataEntry {
            key,
            value: item.text_with_max_len("value", MAX_METADATA_VALUE_LEN)?.unwrap_or_default(),
        })
    };
    let items = fields.objects("metadata", MAX_METADATA).map_err(|_| wrong())?;
    items.iter().map(|item| pair(item).map_err(|_: FieldError| wrong())).collect()
}

fn meters(fields: &Fields) -> Result<Vec<(String, i64)>, FieldError> {
    let wrong = || {
        FieldError::new(
            "meterAttributes",
            "The meterAttributes field must be a list of at most 50 objects with a name and whole uses.",
        )
    };
    let meter = |item: &Fields| {
        let name = item.required("name")?;
        Ok((name, item.number("uses", 0, MAX_USES)?.unwrap_or(0)))
    };
    let items = fields.objects("meterAttributes", MAX_METERS).map_err(|_| wrong())?;
    items.iter().map(|item| meter(item).map_err(|_: FieldError| wrong())).collect()
}
