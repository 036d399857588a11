//! The license whose whole key or id a text is.

use domain::{LicenseId, LicenseKey};
use uuid::Uuid;

use crate::search::license_of_keys;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// Returns the license of the account whose id or key the text is, or had been its key.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn license(service: &Service, actor: &Actor, text: &str) -> Result<Option<Uuid>> {
    if let Ok(id) = Uuid::parse_str(text.trim()) {
        match scope::license(service.store.read(), actor.account, LicenseId(id)).await {
            // A key may have the form of an id.
            Err(Error::NotFound) => {}
            found => return found.map(|row| Some(row.id)),
        }
    }
    let Ok(key) = LicenseKey::parse(text) else { return Ok(None) };
    Ok(license_of_keys(service, actor, &[key]).await?.map(|license| license.0))
}
