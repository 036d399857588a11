//! Keys derived from the master key, and from the next one during a rotation.

use std::sync::Arc;

use arc_swap::ArcSwap;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE32_NOPAD;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{MasterKey, Purpose};
use crate::{Error, Result, random};

/// Version of the sealed format: version byte, nonce of 24 bytes, ciphertext.
const FORMAT_VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
/// Length of the key of digests, in bytes.
const DIGEST_KEY_BYTES: usize = 64;

/// The digests by which the license of a key is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigests {
    /// The digest under the key that new values are sealed with. Caches use it.
    pub primary: [u8; 32],
    /// During a rotation of the master key: the digest of licenses that are not re-sealed yet.
    pub before_rotation: Option<[u8; 32]>,
}

impl KeyDigests {
    /// Returns the digests of a license whose row is known.
    ///
    /// # Errors
    /// Returns an internal error if the stored digest has the wrong length.
    pub fn from_storage(digest: &[u8]) -> Result<Self> {
        let primary = digest.try_into();
        let primary =
            primary.map_err(|_| Error::Internal("stored key digest has the wrong length".into()))?;
        Ok(Self { primary, before_rotation: None })
    }

    /// Returns all digests.
    pub fn iter(&self) -> impl Iterator<Item = &[u8; 32]> {
        [&self.primary].into_iter().chain(&self.before_rotation)
    }

    /// Returns whether a stored digest is one of these.
    #[must_use]
    pub fn contains(&self, stored: &[u8]) -> bool {
        self.iter().any(|digest| digest == stored)
    }
}

/// The keys of an instance, ready for use.
pub struct Keyring {
    keys: ArcSwap<KeySet>,
    token_key: TokenKey,
}

/// The keys of the master key, and during a rotation those of the next one.
struct KeySet {
    current: Arc<DerivedKeys>,
    next: Option<Arc<DerivedKeys>>,
}

impl KeySet {
    /// The keys that new values are sealed with.
    fn primary(&self) -> &DerivedKeys {
        self.next.as_ref().unwrap_or(&self.current)
    }
}

impl Keyring {
    /// Derives the keys (HKDF-SHA256, RFC 5869).
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        let current = Arc::new(DerivedKeys::new(master));
        let token_key = TokenKey::new(derive(master, b"digest"));
        Self { keys: ArcSwap::from_pointee(KeySet { current, next: None }), token_key }
    }

    /// Seals a value for one purpose and one row.
    ///
    /// # Errors
    /// Returns an internal error if the value is too large for the cipher (256 GiB).
    pub fn seal(&self, purpose: Purpose, row: Uuid, value: &[u8]) -> Result<Vec<u8>> {
        self.keys.load().primary().seal(purpose, row, value)
    }

    /// Decrypts a value sealed by [`Self::seal`].
    ///
    /// # Errors
    /// Returns an internal error if the value was sealed with another key, for another
    /// purpose or row, or was altered.
    pub fn open(&self, purpose: Purpose, row: Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let keys = self.keys.load();
        match (keys.primary().open(purpose, row, sealed), &keys.next) {
            (Err(_), Some(_)) => keys.current.open(purpose, row, sealed),
            (opened, _) => opened,
        }
    }

    /// Returns whether a value is sealed with the key that new values are sealed with.
    pub(crate) fn is_resealed(&self, purpose: Purpose, row: Uuid, sealed: &[u8]) -> bool {
        self.keys.load().primary().open(purpose, row, sealed).is_ok()
    }

    /// Returns the keyed digest (HMAC-SHA256) by which a value is looked up. Digests of tokens and
    /// sessions survive a rotation of the master key: their texts are not stored, and they are too
    /// random to be guessed.
    #[must_use]
    pub fn digest(&self, purpose: Purpose, value: &[u8]) -> [u8; 32] {
        match purpose {
            Purpose::LicenseKey => self.keys.load().primary().digest(purpose, value),
            _ => digest_by(&self.token_key.digest, purpose, value),
        }
    }

    /// Returns the digests by which the license of a key is looked up.
    #[must_use]
    pub fn license_key_digests(&self, key: &[u8]) -> KeyDigests {
        let keys = self.keys.load();
        let before_rotation = keys.next.as_ref().map(|_| keys.current.digest(Purpose::LicenseKey, key));
        KeyDigests { primary: keys.primary().digest(Purpose::LicenseKey, key), before_rotation }
    }

    /// Returns the code that protects the set-up of an instance: 12 characters in three
    /// groups. Derived, so that every node of the instance prints the same code.
    #[must_use]
    pub fn setup_code(&self, instance: Uuid) -> String {
        let digest = self.digest(Purpose::SetUpCode, instance.as_bytes());
        let text = BASE32_NOPAD.encode(&digest[..8]);
        format!("{}-{}-{}", &text[..4], &text[4..8], &text[8..12])
    }

    /// Returns whether a rotation of the master key is running.
    #[must_use]
    pub fn is_rotating(&self) -> bool {
        self.keys.load().next.is_some()
    }

    /// Begins a rotation: new values are sealed with `next`, and both keys open values.
    pub(crate) fn begin_rotation(&self, next: &MasterKey) {
        let current = Arc::clone(&self.keys.load().current);
        self.keys.store(Arc::new(KeySet { current, next: Some(Arc::new(DerivedKeys::new(next))) }));
    }

    /// Ends a rotation: the former key opens nothing any more.
    pub(crate) fn end_rotation(&self) {
        let next = self.keys.load().next.clone();
        if let Some(current) = next {
            self.keys.store(Arc::new(KeySet { current, next: None }));
        }
    }

    /// Opens the next master key of a running rotation.
    pub(crate) fn open_next_key(&self, instance: Uuid, sealed: &[u8]) -> Result<MasterKey> {
        MasterKey::from_bytes(&self.open(Purpose::NextMasterKey, instance, sealed)?)
    }

    /// Seals the key of token digests, so that the next master key has the same digests.
    pub(crate) fn seal_token_key(&self, instance: Uuid) -> Result<Vec<u8>> {
        self.seal(Purpose::TokenKey, instance, self.token_key.bytes.as_slice())
    }

    /// Uses the sealed key of token digests in place of the derived one.
    pub(crate) fn open_token_key(&mut self, instance: Uuid, sealed: &[u8]) -> Result<()> {
        let bytes = self.open(Purpose::TokenKey, instance, sealed)?;
        let bytes: [u8; DIGEST_KEY_BYTES] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| Error::Internal("the key of token digests has the wrong length".into()))?;
        self.token_key = TokenKey::new(Zeroizing::new(bytes));
        Ok(())
    }
}

/// The key of the digests that survive a rotation.
struct TokenKey {
    bytes: Zeroizing<[u8; DIGEST_KEY_BYTES]>,
    digest: Hmac<Sha256>,
}

impl TokenKey {
    fn new(bytes: Zeroizing<[u8; DIGEST_KEY_BYTES]>) -> Self {
        let digest = Hmac::new(&(*bytes).into());
        Self { bytes, digest }
    }
}

/// Keys derived from one master key.
struct DerivedKeys {
    cipher: XChaCha20Poly1305,
    digest: Hmac<Sha256>,
}

impl DerivedKeys {
    fn new(master: &MasterKey) -> Self {
        let seal = derive::<32>(master, b"seal");
        let digest = derive::<DIGEST_KEY_BYTES>(master, b"digest");
        Self { cipher: XChaCha20Poly1305::new(&(*seal).into()), digest: Hmac::new(&(*digest).into()) }
    }

    fn seal(&self, purpose: Purpose, row: Uuid, value: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = random::bytes();
        let aad = associated_data(purpose, row);
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: value, aad: &aad })
            .map_err(|_| Error::Internal("value could not be sealed".into()))?;
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(FORMAT_VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    fn open(&self, purpose: Purpose, row: Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let failed = || Error::Internal("sealed value could not be opened".into());
        let (version, rest) = sealed.split_first().ok_or_else(failed)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES).ok_or_else(failed)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| failed())?;
        if *version != FORMAT_VERSION {
            return Err(failed());
        }
        let aad = associated_data(purpose, row);
        self.cipher
            .decrypt(&XNonce::from(nonce), Payload { msg: ciphertext, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| failed())
    }

    fn digest(&self, purpose: Purpose, value: &[u8]) -> [u8; 32] {
        digest_by(&self.digest, purpose, value)
    }
}

fn digest_by(key: &Hmac<Sha256>, purpose: Purpose, value: &[u8]) -> [u8; 32] {
    let mut mac = key.clone();
    mac.update(purpose.label());
    mac.update(&[0]);
    mac.update(value);
    mac.finalize().into_bytes().into()
}

fn derive<const N: usize>(master: &MasterKey, label: &[u8]) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0u8; N]);
    Hkdf::<Sha256>::new(Some(b"countersign v1"), master.expose())
        .expand(label, key.as_mut_slice())
        .expect("HKDF-SHA256 can expand to 8,160 bytes, more than any derived key");
    key
}

fn associated_data(purpose: Purpose, row: Uuid) -> Vec<u8> {
    [purpose.label(), &[0], row.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_value_opens_only_for_its_purpose_and_row() {
        let keys = Keyring::new(&MasterKey::generate());
        let (row, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = keys.seal(Purpose::LicenseKey, row, b"LIC-1").expect("sealed");
        assert!(!sealed.windows(5).any(|w| w == b"LIC-1"));
        let opened = keys.open(Purpose::LicenseKey, row, &sealed).expect("opened");
        assert_eq!(opened.as_slice(), b"LIC-1");
        assert!(keys.open(Purpose::LicenseKey, other, &sealed).is_err());
        assert!(keys.open(Purpose::FlashCookie, row, &sealed).is_err());
        assert!(Keyring::new(&MasterKey::generate()).open(Purpose::LicenseKey, row, &sealed).is_err());
        for end in 0..sealed.len() {
            assert!(keys.open(Purpose::LicenseKey, row, &sealed[..end]).is_err());
        }
    }

    #[test]
    fn digests_differ_by_key_and_purpose() {
        let master = MasterKey::generate();
        let keys = Keyring::new(&master);
        let digest = keys.digest(Purpose::LicenseKey, b"LIC-1");
        assert_eq!(digest, Keyring::new(&master).digest(Purpose::LicenseKey, b"LIC-1"));
        assert_ne!(digest, keys.digest(Purpose::Session, b"LIC-1"));
        assert_ne!(digest, Keyring::new(&MasterKey::generate()).digest(Purpose::LicenseKey, b"LIC-1"));
    }

    #[test]
    fn both_keys_open_values_during_a_rotation() {
        let (old, new, row) = (MasterKey::generate(), MasterKey::generate(), Uuid::from_u128(1));
        let keys = Keyring::new(&old);
        let sealed_before = keys.seal(Purpose::SigningKey, row, b"private").expect("sealed");
        let (digest_before, token_before) =
            (keys.digest(Purpose::LicenseKey, b"LIC-1"), keys.digest(Purpose::ApiToken, b"cs_1"));
        assert_eq!(keys.license_key_digests(b"LIC-1").before_rotation, None);

        keys.begin_rotation(&new);
        let sealed_after = keys.seal(Purpose::SigningKey, row, b"private").expect("sealed");
        for sealed in [&sealed_before, &sealed_after] {
            assert_eq!(keys.open(Purpose::SigningKey, row, sealed).expect("opened").as_slice(), b"private");
        }
        assert!(!keys.is_resealed(Purpose::SigningKey, row, &sealed_before));
        assert!(keys.is_resealed(Purpose::SigningKey, row, &sealed_after));
        let digests = keys.license_key_digests(b"LIC-1");
        assert_eq!(digests.before_rotation, Some(digest_before));
        assert_eq!(digests.primary, Keyring::new(&new).digest(Purpose::LicenseKey, b"LIC-1"));
        assert_eq!(keys.digest(Purpose::ApiToken, b"cs_1"), token_before);

        let sealed_token_key = keys.seal_token_key(row).expect("sealed");
        keys.end_rotation();
        assert!(keys.open(Purpose::SigningKey, row, &sealed_before).is_err());
        assert!(keys.open(Purpose::SigningKey, row, &sealed_after).is_ok());
        let mut restarted = Keyring::new(&new);
        assert_ne!(restarted.digest(Purpose::ApiToken, b"cs_1"), token_before);
        restarted.open_token_key(row, &sealed_token_key).expect("opened");
        assert_eq!(restarted.digest(Purpose::ApiToken, b"cs_1"), token_before);
    }
}
