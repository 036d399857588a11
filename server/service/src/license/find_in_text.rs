//! Finds the license whose key a text contains, so that no key gets into a URL.

use domain::LicenseId;
use domain::license_key::extract::extract_keys;
use domain::permission::Permission;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::search::keys_in;
use crate::activation::lookup;
use crate::store::entity::licenses;
use crate::{Actor, Result, Service};

/// The license key in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyInText {
    /// The text contains no license key.
    None,
    /// The text contains the key of this license.
    License(LicenseId),
    /// The text contains a key that no license of the account has.
    Unknown {
        /// The last four characters of the key.
        last_four: String,
    },
}

/// Finds the license of the account whose key, in any pasted form, the text contains. The first key
/// of a license counts.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "license.find_in_text", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn find_in_text(service: &Service, actor: &Actor, text: &str) -> Result<KeyInText> {
    actor.require(Permission::Read)?;
    for key in keys_in(text) {
        let Some(digests) = lookup::digests(&service.keys, &key) else { continue };
        let found: Option<uuid::Uuid> = licenses::Entity::find()
            .select_only()
            .column(licenses::Column::Id)
            .filter(licenses::Column::AccountId.eq(actor.account.0))
            .filter(lookup::has_key(&digests))
            .into_tuple()
            .one(service.store.read())
            .await?;
        if let Some(id) = found {
            return Ok(KeyInText::License(LicenseId(id)));
        }
    }
    let unknown = extract_keys(text).first().map(domain::LicenseKey::last_four);
    Ok(unknown.map_or(KeyInText::None, |last_four| KeyInText::Unknown { last_four }))
}
