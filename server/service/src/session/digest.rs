//! Digests of session ids.

use crate::Service;
use crate::secrets::Purpose;

/// Returns the stored form of a session's id.
pub(super) fn digest(service: &Service, id: &[u8]) -> Vec<u8> {
    service.keys.digest(Purpose::Session, id).to_vec()
}
