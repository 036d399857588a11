//! Request parameters of the domain API: a JSON or form body, or a query string.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use domain::unicode::decode_text;
use domain::{DomainName, FieldError, LicenseKey};
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::error::DomainApiError;
use crate::api::body::{self, BodyError};

/// Longest media type that an error repeats, in characters.
const MAX_MEDIA_TYPE_LEN: usize = 80;

/// The parameters as sent, not yet validated.
#[derive(Default)]
pub struct FormFields<'a> {
    license_key: Option<FieldValue<'a>>,
    domain: Option<FieldValue<'a>>,
}

/// The value of one parameter.
enum FieldValue<'a> {
    Text(Cow<'a, str>),
    /// A JSON value that is not a string.
    Other,
}

impl<'a> FormFields<'a> {
    /// Parses a query string. The last of repeated parameters is used.
    pub fn from_query(query: Option<&'a str>) -> Self {
        let query = query.unwrap_or_default();
        let mut fields = Self::default();
        if query.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
            for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
                fields.set(&name, value);
            }
        } else {
            // Most verifications contain no percent-encoding, so that decoding is skipped.
            for pair in query.split('&') {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                fields.set(name, value.into());
            }
        }
        fields
    }

    fn set(&mut self, name: &str, value: Cow<'a, str>) {
        match name {
            "license_key" => self.license_key = Some(FieldValue::Text(value)),
            "domain" => self.domain = Some(FieldValue::Text(value)),
            _ => {}
        }
    }

    /// Parses a body: as JSON for every content type, because `curl -d` sends the form type;
    /// else as a form if the content type is a form. A byte order mark is ignored (RFC 8259,
    /// section 8.1).
    pub async fn from_body(headers: &HeaderMap, body: Body) -> Result<FormFields<'static>, DomainApiError> {
        let bytes = body::read_body(body).await.map_err(|e| match e {
            BodyError::TooLarge => DomainApiError::TooLarge,
            BodyError::TooSlow => DomainApiError::TooSlow,
            BodyError::Broken => DomainApiError::InvalidJson,
        })?;
        let text = decode_text(&bytes);
        match text.as_deref().map(serde_json::from_str::<Value>) {
            Some(Ok(Value::Object(object))) => return Ok(FormFields::from_object(object)),
            // JSON that is not an object has none of the parameters.
            Some(Ok(_)) => return Ok(FormFields::default()),
            _ => {}
        }
        let content_type =
            headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let text = text.ok_or(DomainApiError::InvalidJson)?;
            return Ok(FormFields::from_query(Some(&text)).into_owned());
        }
        if let Ok(boundary) = multer::parse_boundary(content_type) {
            return Self::from_multipart(bytes, boundary).await.map_err(|_| DomainApiError::InvalidMultipart);
        }
        if media_type.is_empty() || media_type.to_ascii_lowercase().ends_with("json") {
            return Err(DomainApiError::InvalidJson);
        }
        Err(DomainApiError::UnsupportedBody(media_type.chars().take(MAX_MEDIA_TYPE_LEN).collect()))
    }

    /// Parses a multipart form (RFC 7578), as `curl -F` and PHP arrays send it.
    async fn from_multipart(bytes: Bytes, boundary: String) -> Result<FormFields<'static>, multer::Error> {
        let body = futures_util::stream::iter([Ok::<_, Infallible>(bytes)]);
        let mut parts = multer::Multipart::new(body, boundary);
        let mut fields = FormFields::default();
        while let Some(part) = parts.next_field().await? {
            let name = part.name().map(ToOwned::to_owned).unwrap_or_default();
            let text = part.text().await?;
            fields.set(&name, text.into());
        }
        Ok(fields)
    }

    fn from_object(mut object: Map<String, Value>) -> Self {
        let mut sent = |name| match object.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(FieldValue::Text(text.into())),
            Some(_) => Some(FieldValue::Other),
        };
        Self { license_key: sent("license_key"), domain: sent("domain") }
    }

    fn into_owned(self) -> FormFields<'static> {
        FormFields {
            license_key: self.license_key.map(FieldValue::into_owned),
            domain: self.domain.map(FieldValue::into_owned),
        }
    }

    /// Validates the license key.
    pub fn key(self) -> Result<LicenseKey, DomainApiError> {
        let key = required("license_key", self.license_key).and_then(|text| LicenseKey::parse(&text));
        key.map_err(|e| DomainApiError::Validation(vec![e]))
    }

    /// Validates license key and domain; reports the errors of both.
    pub fn key_and_domain(self) -> Result<(LicenseKey, DomainName), DomainApiError> {
        let key = required("license_key", self.license_key).and_then(|text| LicenseKey::parse(&text));
        let domain = required("domain", self.domain).and_then(|text| DomainName::parse(&text));
        match (key, domain) {
            (Ok(key), Ok(domain)) => Ok((key, domain)),
            (key, domain) => {
                Err(DomainApiError::Validation(key.err().into_iter().chain(domain.err()).collect()))
            }
        }
    }
}

/// Extractor of the license key and the domain in a request's body.
pub struct KeyAndDomainBody(pub LicenseKey, pub DomainName);

impl<S: Sync> FromRequest<S> for KeyAndDomainBody {
    type Rejection = DomainApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, DomainApiError> {
        let (parts, body) = request.into_parts();
        let (key, domain) = FormFields::from_body(&parts.headers, body).await?.key_and_domain()?;
        Ok(Self(key, domain))
    }
}

impl FieldValue<'_> {
    fn into_owned(self) -> FieldValue<'static> {
        match self {
            Self::Text(text) => FieldValue::Text(text.into_owned().into()),
            Self::Other => FieldValue::Other,
        }
    }
}

fn required<'a>(field: &'static str, value: Option<FieldValue<'a>>) -> Result<Cow<'a, str>, FieldError> {
    match value {
        Some(FieldValue::Text(text)) => Ok(text),
        None => Err(FieldError::new(field, format!("The {field} field is required."))),
        Some(FieldValue::Other) => {
            Err(FieldError::new(field, format!("The {field} field must be a string.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(sent: Option<FieldValue<'_>>) -> Option<String> {
        sent.map(|sent| match sent {
            FieldValue::Text(text) => text.into_owned(),
            FieldValue::Other => unreachable!("a query holds texts"),
        })
    }

    proptest! {
        /// Every query string is parsed like a form.
        #[test]
        fn plain_query_is_parsed_like_an_encoded_one(
            query in "((license_key|domain|x|)(=|)[a-zA-Z0-9.:/é=%+-]{0,12}(&|)){0,6}"
        ) {
            let mut expected = (None, None);
            for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
                match name.as_ref() {
                    "license_key" => expected.0 = Some(value.into_owned()),
                    "domain" => expected.1 = Some(value.into_owned()),
                    _ => {}
                }
            }
            let fields = FormFields::from_query(Some(&query));
            prop_assert_eq!((text(fields.license_key), text(fields.domain)), expected);
        }
    }
}
