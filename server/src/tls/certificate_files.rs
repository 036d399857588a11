//! The PEM files of a certificate and its private key.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error, InconsistentKeys};

/// The paths of a certificate with its chain, and of its private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, and after it the certificates of its chain.
    pub certificate: PathBuf,
    /// The private key, without a password.
    pub key: PathBuf,
}

/// The contents of both files.
pub struct CertificateContents {
    files: CertificateFiles,
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// What shows that a file may have changed: the time of its last change, and its size in bytes.
pub(super) type Stamp = (Option<SystemTime>, u64);

/// The reason why a certificate and a key can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// A file can't be read.
    #[error("{path} can't be read: {reason}")]
    Unreadable {
        /// The path of the file.
        path: String,
        /// The text of the operating system.
        reason: String,
    },
    /// The file of the certificate has none.
    #[error("{0} has no certificate in PEM")]
    NoCertificate(String),
    /// The file of the key has none.
    #[error("{0} has no private key in PEM, or one with a password")]
    NoKey(String),
    /// The key is not the one of the certificate.
    #[error("the key in {0} does not belong to the certificate")]
    Mismatch(String),
    /// Certificate or key can't be used for another reason.
    #[error("the certificate and the key can't be used: {0}")]
    Unusable(String),
}

impl CertificateFiles {
    /// Reads both files.
    ///
    /// # Errors
    /// Returns the file that can't be read.
    pub async fn read(&self) -> Result<CertificateContents, PairError> {
        Ok(CertificateContents {
            certificate: read(&self.certificate).await?,
            key: read(&self.key).await?,
            files: self.clone(),
        })
    }

    /// Returns the stamps of both files; `None` if one can't be looked at.
    pub(super) async fn stamps(&self) -> Option<[Stamp; 2]> {
        Some([stamp(&self.certificate).await?, stamp(&self.key).await?])
    }
}

impl CertificateContents {
    /// Parses the certificate with its chain and the key, and compares them.
    ///
    /// # Errors
    /// Returns the reason why they can't be used.
    pub fn certified_key(&self) -> Result<CertifiedKey, PairError> {
        let files = &self.files;
        let chain: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = chain.unwrap_or_default();
        if chain.is_empty() {
            return Err(PairError::NoCertificate(files.certificate.display().to_string()));
        }
        let Ok(key) = PrivateKeyDer::from_pem_slice(&self.key) else {
            return Err(PairError::NoKey(files.key.display().to_string()));
        };
        CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                PairError::Mismatch(files.key.display().to_string())
            }
            error => PairError::Unusable(error.to_string()),
        })
    }

    /// Returns a number that differs if the contents do.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.certificate, &self.key).hash(&mut hasher);
        hasher.finish()
    }
}

async fn read(path: &Path) -> Result<Vec<u8>, PairError> {
    tokio::fs::read(path).await.map_err(|error| PairError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

async fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = tokio::fs::metadata(path).await.ok()?;
    Some((metadata.modified().ok(), metadata.len()))
}
