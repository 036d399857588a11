//! Path parameters.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use uuid::Uuid;

use super::error::{ManagementError, Result};

/// The id in a path with one parameter. A text that is no UUID is answered like an unknown id: 404.
pub struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ManagementError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Text(text) = Text::from_request_parts(parts, state).await?;
        Uuid::parse_str(&text).map(Self).map_err(|_| ManagementError::NotFound)
    }
}

/// The text in a path with one parameter, such as a key or a slug.
pub struct Text(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Text {
    type Rejection = ManagementError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(text)| Self(text)).map_err(|_| ManagementError::NotFound)
    }
}

/// The two texts in a path with two parameters.
pub struct TextPair(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for TextPair {
    type Rejection = ManagementError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        path.map(|Path((first, second))| Self(first, second)).map_err(|_| ManagementError::NotFound)
    }
}
