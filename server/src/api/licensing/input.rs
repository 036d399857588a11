//! What the endpoints are sent: JSON or a form in the body, or a query.

use axum::body::Body;
use domain::{DomainName, Invalid, LicenseKey};
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::answer::Refusal;
use crate::api::body::{self, BodyError};

/// The two fields, as they were sent.
#[derive(Default)]
pub struct Fields {
    license_key: Option<Value>,
    domain: Option<Value>,
}

impl Fields {
    /// From a query string. Of a name that comes twice the last is taken.
    pub fn of_query(query: Option<&str>) -> Self {
        let mut fields = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = Some(Value::String(value.into_owned()));
            match name.as_ref() {
                "license_key" => fields.license_key = value,
                "domain" => fields.domain = value,
                _ => {}
            }
        }
        fields
    }

    /// From a body. JSON whatever the content type says, since `curl -d` says
    /// "form"; else a form, if it says so.
    pub async fn of_body(headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        let bytes = body::read(body).await.map_err(|e| match e {
            BodyError::TooLarge => Refusal::TooLarge,
            BodyError::TooSlow => Refusal::TooSlow,
            BodyError::Broken => Refusal::InvalidJson,
        })?;
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(Value::Object(object)) => Ok(Self::of_object(object)),
            // Some other JSON: both fields are missing from it.
            Ok(_) => Ok(Self::default()),
            Err(_) if is_form(headers) => {
                let text = std::str::from_utf8(&bytes).map_err(|_| Refusal::InvalidJson)?;
                Ok(Self::of_query(Some(text)))
            }
            Err(_) => Err(Refusal::InvalidJson),
        }
    }

    fn of_object(mut object: Map<String, Value>) -> Self {
        Self { license_key: object.remove("license_key"), domain: object.remove("domain") }
    }

    /// The key alone.
    pub fn key(self) -> Result<LicenseKey, Refusal> {
        let key = required("license_key", self.license_key).and_then(|text| LicenseKey::parse(&text));
        key.map_err(|e| Refusal::Validation(vec![e]))
    }

    /// The key and the domain; all that is wrong is said at once.
    pub fn key_and_domain(self) -> Result<(LicenseKey, DomainName), Refusal> {
        let key = required("license_key", self.license_key).and_then(|text| LicenseKey::parse(&text));
        let domain = required("domain", self.domain).and_then(|text| DomainName::parse(&text));
        match (key, domain) {
            (Ok(key), Ok(domain)) => Ok((key, domain)),
            (key, domain) => Err(Refusal::Validation(key.err().into_iter().chain(domain.err()).collect())),
        }
    }
}

fn required(field: &'static str, value: Option<Value>) -> Result<String, Invalid> {
    match value {
        Some(Value::String(text)) => Ok(text),
        None | Some(Value::Null) => Err(Invalid::new(field, format!("The {field} field is required."))),
        Some(_) => Err(Invalid::new(field, format!("The {field} field must be a string."))),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}
