//! Ids of parts of a license that have no row of their own.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Returns the id of the part `name` of a license: the license's id, changed by a digest of the name. Applied to
/// that id, it returns the license's.
pub(crate) fn derived_id(license: Uuid, name: &str) -> Uuid {
    let digest = Sha256::digest(name.as_bytes());
    let mut bytes = license.into_bytes();
    for (byte, mask) in bytes.iter_mut().zip(digest) {
        *byte ^= mask;
    }
    Uuid::from_bytes(bytes)
}

/// Returns the name of a meter for [`derived_id`].
pub(crate) fn meter_part(id: &str) -> String {
    format!("meter {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_lead_back_to_the_license() {
        let license = Uuid::from_u128(7);
        let meter = derived_id(license, &meter_part("exports"));
        assert_ne!(meter, license);
        assert_eq!(derived_id(meter, &meter_part("exports")), license);
        assert_ne!(derived_id(license, &meter_part("renders")), meter);
    }
}
