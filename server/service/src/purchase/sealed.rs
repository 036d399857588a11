//! Sealed values of shops: signing secrets and the bodies of events.

use domain::Timestamp;
use domain::purchase::ShopSecret;
use uuid::Uuid;

use crate::secrets::{Keyring, Purpose};
use crate::store::entity::shop_connections;
use crate::{Error, Result};

/// Seals the signing secret of a connection.
pub(super) fn seal_secret(keys: &Keyring, connection: Uuid, secret: &ShopSecret) -> Result<Vec<u8>> {
    keys.seal(Purpose::ShopSecret, connection, secret.expose().as_bytes())
}

/// Seals the signing secret that a connection had before.
pub(super) fn seal_former_secret(keys: &Keyring, connection: Uuid, secret: &ShopSecret) -> Result<Vec<u8>> {
    keys.seal(Purpose::ShopFormerSecret, connection, secret.expose().as_bytes())
}

/// Opens the signing secret of a connection, if the seller has set it.
pub(super) fn open_secret(keys: &Keyring, row: &shop_connections::Model) -> Result<Option<ShopSecret>> {
    let sealed = row.secret_sealed.as_deref();
    sealed.map(|sealed| open_text(keys, Purpose::ShopSecret, row, sealed)).transpose()
}

/// Opens the signing secret of a connection that is replaced. `None` if it cannot be opened: the seller enters another
/// one for that reason.
pub(super) fn open_replaced_secret(keys: &Keyring, row: &shop_connections::Model) -> Option<ShopSecret> {
    open_secret(keys, row).unwrap_or_else(|error| {
        tracing::warn!(connection = %row.id, %error, "signing secret of a shop not opened; the new one replaces it at once");
        None
    })
}

/// Opens the former signing secret of a connection, if it is taken at `now`. One that cannot be opened does not keep
/// events from being taken that the present secret signs.
pub(super) fn open_former_secret(
    keys: &Keyring,
    row: &shop_connections::Model,
    now: Timestamp,
) -> Option<ShopSecret> {
    let is_taken = row.former_secret_until.is_some_and(|until| until > now.millis());
    let sealed = row.former_secret_sealed.as_deref().filter(|_| is_taken)?;
    match open_text(keys, Purpose::ShopFormerSecret, row, sealed) {
        Ok(secret) => Some(secret),
        Err(error) => {
            tracing::warn!(connection = %row.id, %error, "former signing secret of a shop not opened; the present one is taken alone");
            None
        }
    }
}

fn open_text(
    keys: &Keyring,
    purpose: Purpose,
    row: &shop_connections::Model,
    sealed: &[u8],
) -> Result<ShopSecret> {
    let opened = keys.open(purpose, row.id, sealed)?;
    let text = std::str::from_utf8(&opened);
    let text = text.map_err(|_| Error::Internal(format!("shop {}: the secret is no text", row.id)))?;
    Ok(ShopSecret::from_storage(text.to_owned()))
}

/// Seals the body of an event.
pub(super) fn seal_payload(keys: &Keyring, event: Uuid, body: &[u8]) -> Result<Vec<u8>> {
    keys.seal(Purpose::ShopPayload, event, body)
}

/// Opens the body of an event.
pub(super) fn open_payload(keys: &Keyring, event: Uuid, sealed: &[u8]) -> Result<Vec<u8>> {
    Ok(keys.open(Purpose::ShopPayload, event, sealed)?.to_vec())
}
