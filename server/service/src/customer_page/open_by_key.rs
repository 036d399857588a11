//! Opens the customer's page by a license key.

use domain::{AccountId, LicenseId, LicenseKey};

use super::brand::slug_of;
use super::session::{CustomerSession, Holder};
use crate::activation::{ResolvedKey, find_former, lookup, resolve};
use crate::store::entity::licenses;
use crate::{Result, Service};

/// Longest text that is looked up, in bytes.
const MAX_KEY_LEN: usize = 500;

/// Opens the page of the license with this key. Returns the session and the seller's slug. The answer is
/// `None` for unknown keys, for texts that are none, and for keys of another seller than `seller`.
///
/// # Errors
/// Returns [`crate::Error::TooManyTries`] after too many attempts of the client, or another [`crate::Error`]
/// if the database fails.
#[tracing::instrument(name = "customer_page.open_by_key", skip_all, err(level = "debug"))]
pub async fn open_by_key(
    service: &Service,
    seller: Option<&str>,
    key: &str,
    client: Option<&str>,
) -> Result<Option<(CustomerSession, String)>> {
    service.customer_page_throttle.check_key(client, service.now()).inspect_err(|_| {
        tracing::warn!(client, "customer's page not opened: too many attempts with a key");
    })?;
    let found = match LicenseKey::parse(key) {
        Ok(key) if key.expose().len() <= MAX_KEY_LEN => find(service, &key).await?,
        _ => None,
    };
    let Some((row, former)) = found else { return Ok(None) };
    let account = AccountId(row.account_id);
    let slug = slug_of(service, account).await?;
    if seller.is_some_and(|seller| seller != slug) {
        return Ok(None);
    }
    let license = LicenseId(row.id);
    let holder = match former {
        Some(digest) => Holder::FormerKey { license, digest },
        None => Holder::Key { license, digest: row.key_digest },
    };
    Ok(Some((CustomerSession::new(service, account, holder), slug)))
}

/// Finds a license by its key, in any spelling, or by a former key whose grace time runs. Returns the digest of
/// the former key too.
async fn find(service: &Service, key: &LicenseKey) -> Result<Option<(licenses::Model, Option<Vec<u8>>)>> {
    let found = find_as_sent(service, key).await?;
    if found.is_some() {
        return Ok(found.map(|row| (row, None)));
    }
    match resolve(service, key).await? {
        Some(ResolvedKey::Spelling(present)) => {
            Ok(find_as_sent(service, &present).await?.map(|row| (row, None)))
        }
        Some(ResolvedKey::Former(present)) => {
            let Some(row) = find_as_sent(service, &present).await? else { return Ok(None) };
            let former = find_former(service, service.store.read(), key, &row).await?;
            Ok(former.map(|digest| (row, Some(digest))))
        }
        None => Ok(None),
    }
}

async fn find_as_sent(service: &Service, key: &LicenseKey) -> Result<Option<licenses::Model>> {
    match lookup::digests(&service.keys, key) {
        Some(digests) => lookup::find_by_digests(service.store.read(), &digests).await,
        None => Ok(None),
    }
}
