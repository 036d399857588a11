//! Sealed bodies of mails. Links and keys in them are credentials.

use uuid::Uuid;

use super::content::Body;
use crate::secrets::{Keyring, Purpose};
use crate::{Error, Result};

/// Seals a body for the row of its mail.
pub(super) fn seal(keys: &Keyring, id: Uuid, body: &Body) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(body).map_err(|e| Error::Internal(format!("mail: {e}")))?;
    keys.seal(Purpose::MailBody, id, &json)
}

/// Opens the body of a row.
pub(super) fn open(keys: &Keyring, id: Uuid, sealed: &[u8]) -> Result<Body> {
    let json = keys.open(Purpose::MailBody, id, sealed)?;
    serde_json::from_slice(&json).map_err(|e| Error::Internal(format!("mail: {e}")))
}
