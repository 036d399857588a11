//! Finds the license whose key a text contains, so that no key gets into a URL.

use domain::LicenseId;
use domain::permission::Permission;
use domain::search::SearchText;

use crate::search::license_of_keys;
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
    let text = SearchText::parse(text);
    if let Some(license) = license_of_keys(service, actor, &text.keys).await? {
        return Ok(KeyInText::License(license));
    }
    Ok(text.key_shown().map_or(KeyInText::None, |last_four| KeyInText::Unknown { last_four }))
}
