//! What clients send: JSON whose property names are matched whatever their case,
//! since some clients write `Key` and some `key`.

use axum::body::Body;
use domain::LicenseKey;
use domain::machine::{Fingerprint, Machine, Pair};
use serde_json::{Map, Value};
use service::machine::{Proof, Request};

use super::answer::Refusal;
use crate::api::body;

/// The longest text taken in a field, in characters.
const MAX_TEXT: usize = 256;
/// Properties of an activation, at most.
const MAX_METADATA: usize = 50;
/// The longest value of a property, in characters.
const MAX_VALUE: usize = 4096;

/// An object's properties, by their names in lower case.
pub struct Object(Map<String, Value>);

impl Object {
    /// Reads a body. An empty one, of whatever content type, is an empty object.
    pub async fn read(body: Body) -> Result<Self, Refusal> {
        let bytes = body::read(body).await?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(Value::Object(object)) => Ok(Self::lower(object)),
            Ok(_) => Err(Refusal::Validation("The request body must be a JSON object.".into())),
            Err(_) => Err(Refusal::Validation("The request body must be valid JSON.".into())),
        }
    }

    /// Whether nothing was sent at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn lower(object: Map<String, Value>) -> Self {
        Self(object.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect())
    }

    fn optional(&self, name: &str) -> Result<Option<String>, Refusal> {
        let wrong = |what: &str| Refusal::Validation(format!("The {name} field {what}."));
        match self.0.get(&name.to_lowercase()) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().count() > MAX_TEXT => {
                Err(wrong("must have at most 256 characters"))
            }
            Some(Value::String(text)) if text.contains('\0') => Err(wrong("must not hold NUL")),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(wrong("must be a string")),
        }
    }

    fn required(&self, name: &str) -> Result<String, Refusal> {
        let missing = || Refusal::Validation(format!("The {name} field is required."));
        self.optional(name)?.filter(|text| !text.trim().is_empty()).ok_or_else(missing)
    }

    fn metadata(&self) -> Result<Vec<Pair>, Refusal> {
        let wrong = || {
            Refusal::Validation(
                "The metadata field must be a list of at most 50 objects with the strings key and value."
                    .into(),
            )
        };
        let items = match self.0.get("metadata") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) if items.len() <= MAX_METADATA => items,
            Some(_) => return Err(wrong()),
        };
        let pair = |item: &Value| {
            let object = Self::lower(item.as_object()?.clone());
            let text = |name: &str, max: usize| {
                let text = object.0.get(name)?.as_str()?;
                (text.chars().count() <= max && !text.contains('\0')).then(|| text.to_owned())
            };
            Some(Pair { key: text("key", MAX_TEXT)?, value: text("value", MAX_VALUE)? })
        };
        items.iter().map(|item| pair(item).ok_or_else(wrong)).collect()
    }

    /// An activation or a sync.
    pub fn request(&self) -> Result<Request, Refusal> {
        let key_sent = self.required("key")?;
        Ok(Request {
            key: LicenseKey::parse(&key_sent).map_err(|e| Refusal::Validation(e.message))?,
            key_sent,
            product_sent: self.required("productId")?,
            fingerprint: self.fingerprint()?,
            machine: Machine {
                hostname: self.required("hostname")?,
                os: self.required("os")?,
                os_version: self.optional("osVersion")?,
                vm_name: self.optional("vmName")?,
                container: self.optional("container")?,
                app_version: self.required("appVersion")?,
                release_version: self.optional("releaseVersion")?,
                user_hash: self.required("userHash")?,
                metadata: self.metadata()?,
            },
        })
    }

    /// What `POST …/deactivate` shows beside the activation's id.
    pub fn proof(&self) -> Result<Proof, Refusal> {
        Ok(Proof {
            key: LicenseKey::parse(&self.required("key")?).map_err(|e| Refusal::Validation(e.message))?,
            product_sent: self.required("productId")?,
            fingerprint: self.fingerprint()?,
        })
    }

    fn fingerprint(&self) -> Result<Fingerprint, Refusal> {
        Fingerprint::parse(&self.required("fingerprint")?).map_err(|_| Refusal::InvalidFingerprint)
    }
}
