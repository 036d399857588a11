//! The master key of the instance, and the encryption and digests derived from it.
//!
//! Values that must be read back (license keys, signing keys) are sealed with XChaCha20-Poly1305,
//! bound to their column and row. Values that are only compared (license keys at look-up, session
//! ids) are stored as HMAC-SHA256 digests. A copied database reveals neither without the key.

pub mod password;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::random;

/// Version of the sealed format: version byte, nonce of 24 bytes, ciphertext.
const FORMAT_VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// The instance's master key: 32 random bytes.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// Generates a key.
    #[must_use]
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    /// Parses a key in URL-safe base64 without padding (43 characters).
    ///
    /// # Errors
    /// Returns a sentence for the operator if the text is not a key.
    pub fn decode(text: &str) -> Result<Self, String> {
        let wrong = || "The master key must be 32 bytes in URL-safe base64 (43 characters).".to_owned();
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.trim().as_bytes()).map_err(|_| wrong())?);
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| wrong())?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// Loads the key from a file. Creates the file with a new key and mode 0600 if it is missing.
    ///
    /// # Errors
    /// Returns the error of the file system, or `InvalidData` if the file contains no key.
    pub fn load_or_create(path: &Path) -> io::Result<Self> {
        match fs::File::open(path) {
            Ok(mut file) => {
                let mut text = Zeroizing::new(String::new());
                file.read_to_string(&mut text)?;
                Self::decode(&text).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(e) => Err(e),
        }
    }

    fn create(path: &Path) -> io::Result<Self> {
        let key = Self::generate();
        match key.write_new(path) {
            // Another process created the file at the same time.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Self::wait_for(path),
            other => other.map(|()| key),
        }
    }

    /// Writes the key to a new file with mode 0600.
    ///
    /// # Errors
    /// Returns the error of the file system; `AlreadyExists` if the file exists.
    pub fn write_new(&self, path: &Path) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let text = Zeroizing::new(BASE64URL_NOPAD.encode(self.0.as_slice()));
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn wait_for(path: &Path) -> io::Result<Self> {
        let mut last = Ok(());
        for _ in 0..50 {
            match Self::load_or_create(path) {
                Ok(key) => return Ok(key),
                Err(e) => last = Err(e),
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        last.and(Err(io::ErrorKind::InvalidData.into()))
    }
}

/// The use of a sealed or digested value. A value for one purpose is never valid for
/// another.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// A license key, sealed in its row and digested for look-up.
    LicenseKey,
    /// The private half of a token signing key, sealed in its row.
    SigningKey,
    /// The id of a session, digested.
    Session,
    /// The cookie that carries a form's input across a redirect.
    FlashCookie,
    /// Proof that the database and the master key belong together.
    KeyCheck,
    /// A bearer token, digested.
    ApiToken,
    /// The one-time cookie that carries a text to the next page.
    HandOver,
    /// The set-up code of a fresh instance.
    SetUpCode,
    /// The cursor of a list whose ids are secret.
    PageCursor,
    /// The cookie of a browser that has signed in before.
    DeviceCookie,
    /// The version of a user's password, digested from its hash.
    PasswordVersion,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::LicenseKey => b"license-key",
            Self::SigningKey => b"signing-key",
            Self::Session => b"session",
            Self::FlashCookie => b"flash-cookie",
            Self::KeyCheck => b"key-check",
            Self::ApiToken => b"api-token",
            Self::HandOver => b"hand-over",
            Self::SetUpCode => b"set-up-code",
            Self::PageCursor => b"page-cursor",
            Self::DeviceCookie => b"device-cookie",
            Self::PasswordVersion => b"password-version",
        }
    }
}

/// Keys derived from the master key, ready for use.
pub struct Keyring {
    cipher: XChaCha20Poly1305,
    digest: Hmac<Sha256>,
}

impl Keyring {
    /// Derives the keys (HKDF-SHA256, RFC 5869).
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        let seal = derive::<32>(master, b"seal");
        let digest = derive::<64>(master, b"digest");
        Self { cipher: XChaCha20Poly1305::new(&(*seal).into()), digest: Hmac::new(&(*digest).into()) }
    }

    /// Seals a value for one purpose and one row.
    ///
    /// # Errors
    /// Returns an internal error if the value is too large for the cipher (256 GiB).
    pub fn seal(&self, purpose: Purpose, row: Uuid, value: &[u8]) -> crate::Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = random::bytes();
        let aad = associated_data(purpose, row);
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: value, aad: &aad })
            .map_err(|_| crate::Error::Internal("value could not be sealed".into()))?;
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(FORMAT_VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Decrypts a value sealed by [`Self::seal`].
    ///
    /// # Errors
    /// Returns an internal error if the value was sealed with another key, for another
    /// purpose or row, or was altered.
    pub fn open(&self, purpose: Purpose, row: Uuid, sealed: &[u8]) -> crate::Result<Zeroizing<Vec<u8>>> {
        let failed = || crate::Error::Internal("sealed value could not be opened".into());
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

    /// Returns the keyed digest (HMAC-SHA256) by which a value is looked up.
    #[must_use]
    pub fn digest(&self, purpose: Purpose, value: &[u8]) -> [u8; 32] {
        let mut mac = self.digest.clone();
        mac.update(purpose.label());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().into()
    }

    /// Returns the code that protects the set-up of an instance: 12 characters in three
    /// groups. Derived, so that every node of the instance prints the same code.
    #[must_use]
    pub fn setup_code(&self, instance: Uuid) -> String {
        let digest = self.digest(Purpose::SetUpCode, instance.as_bytes());
        let text = BASE32_NOPAD.encode(&digest[..8]);
        format!("{}-{}-{}", &text[..4], &text[4..8], &text[8..12])
    }
}

fn derive<const N: usize>(master: &MasterKey, label: &[u8]) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0u8; N]);
    Hkdf::<Sha256>::new(Some(b"countersign v1"), master.0.as_slice())
        .expand(label, key.as_mut_slice())
        .expect("HKDF-SHA256 can expand to 8,160 bytes, more than any derived key");
    key
}

/// Compares two secrets in constant time.
#[must_use]
pub fn constant_time_eq(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
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
    fn key_file_is_created_once_and_readable_only_by_its_owner() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("master.key");
        let created = MasterKey::load_or_create(&path).expect("created");
        let loaded = MasterKey::load_or_create(&path).expect("loaded");
        assert_eq!(created.0.as_slice(), loaded.0.as_slice());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let permissions = fs::metadata(&path).expect("a file").permissions();
            assert_eq!(permissions.mode() & 0o777, 0o600);
        }
        fs::write(&path, "nonsense").expect("written");
        assert!(MasterKey::load_or_create(&path).is_err());
    }
}
