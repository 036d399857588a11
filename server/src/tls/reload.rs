//! Loads the certificate again when its files change.

use std::sync::Arc;
use std::time::Duration;

use domain::view::CertificateHealth;
use service::Service;
use tokio::time::sleep;

use super::certificate_files::{CertificateFiles, PairError, Stamp};
use super::served_certificate::ServedCertificate;

/// Interval at which the files are looked at.
const INTERVAL: Duration = Duration::from_secs(2);
/// Failures in a row after which a pair is reported. A program that replaces one file after the other needs a moment.
const REPORTED_FAILURE: u32 = 2;

/// Compares the files with what is in use.
pub(super) struct Watch {
    files: CertificateFiles,
    certificate: Arc<ServedCertificate>,
    /// The fingerprint of the contents in use.
    loaded: u64,
    /// The stamps of the last contents that were read. `None` before the first look, which therefore reads.
    stamps: Option<[Stamp; 2]>,
    /// Failures in a row with the same stamps.
    failures: u32,
}

/// The result of a look at the files.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    /// The contents in use are those of the files.
    Unchanged,
    /// Other contents are in use now.
    Loaded,
    /// The files can't be used yet, or it was reported before.
    Waiting,
    /// The files can't be used. The former contents stay in use.
    Broken(PairError),
}

/// Looks at the files until the task is dropped.
pub(super) async fn run(mut watch: Watch, service: Service) {
    loop {
        sleep(INTERVAL).await;
        match watch.look().await {
            Look::Unchanged | Look::Waiting => {}
            Look::Loaded => {
                note(&watch.certificate, &service);
                tracing::info!("certificate loaded again; new connections get it");
            }
            Look::Broken(error) => {
                tracing::warn!(%error, "certificate could not be loaded again; the former one stays in use");
            }
        }
    }
}

/// Notes the end of the certificate in use, for health checks.
pub(super) fn note(certificate: &ServedCertificate, service: &Service) {
    if let Some(expires_at) = certificate.expires_at() {
        let health = CertificateHealth { expires_at: Some(expires_at), next_order_at: None, failure: None };
        service.certificate().set(health);
    }
}

impl Watch {
    pub(super) fn new(files: CertificateFiles, certificate: Arc<ServedCertificate>, loaded: u64) -> Self {
        Self { files, certificate, loaded, stamps: None, failures: 0 }
    }

    async fn look(&mut self) -> Look {
        let stamps = self.files.stamps().await;
        if stamps != self.stamps {
            self.failures = 0;
        } else if stamps.is_some() && self.failures == 0 {
            return Look::Unchanged;
        }
        self.stamps = stamps;
        match self.load_if_changed().await {
            Ok(look) => {
                self.failures = 0;
                look
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                if self.failures == REPORTED_FAILURE { Look::Broken(error) } else { Look::Waiting }
            }
        }
    }

    async fn load_if_changed(&mut self) -> Result<Look, PairError> {
        let contents = self.files.read().await?;
        let fingerprint = contents.fingerprint();
        if fingerprint == self.loaded {
            return Ok(Look::Unchanged);
        }
        self.certificate.replace(contents.certified_key()?);
        self.loaded = fingerprint;
        Ok(Look::Loaded)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rcgen::generate_simple_self_signed;
    use tempfile::TempDir;

    use super::*;

    /// Returns a certificate and its key in PEM.
    fn pair() -> (String, String) {
        let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    fn write(path: &Path, text: &str) {
        // The time of a change is as exact as the system's timer.
        std::thread::sleep(Duration::from_millis(20));
        std::fs::write(path, text).expect("written");
    }

    async fn watched() -> (TempDir, CertificateFiles, Watch) {
        let folder = tempfile::tempdir().expect("a folder");
        let files =
            CertificateFiles { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
        let (certificate, key) = pair();
        write(&files.certificate, &certificate);
        write(&files.key, &key);
        let contents = files.read().await.expect("readable");
        let served = Arc::new(ServedCertificate::new(contents.certified_key().expect("a pair")));
        let watch = Watch::new(files.clone(), served, contents.fingerprint());
        (folder, files, watch)
    }

    #[tokio::test]
    async fn changed_pair_is_loaded_once() {
        let (_folder, files, mut watch) = watched().await;
        assert_eq!(watch.look().await, Look::Unchanged);
        let (certificate, key) = pair();
        write(&files.certificate, &certificate);
        assert_eq!(watch.look().await, Look::Waiting, "the key is still the former one");
        write(&files.key, &key);
        assert_eq!(watch.look().await, Look::Loaded);
        assert_eq!(watch.look().await, Look::Unchanged);
    }

    #[tokio::test]
    async fn broken_pair_is_reported_once_and_mended_later() {
        let (_folder, files, mut watch) = watched().await;
        let (certificate, key) = pair();
        write(&files.key, &key);
        assert_eq!(watch.look().await, Look::Waiting);
        let mismatch = PairError::Mismatch(files.key.display().to_string());
        assert_eq!(watch.look().await, Look::Broken(mismatch));
        assert_eq!(watch.look().await, Look::Waiting);
        write(&files.certificate, "no certificate");
        assert_eq!(watch.look().await, Look::Waiting);
        let missing = PairError::NoCertificate(files.certificate.display().to_string());
        assert_eq!(watch.look().await, Look::Broken(missing));
        write(&files.certificate, &certificate);
        assert_eq!(watch.look().await, Look::Loaded);
    }

    #[tokio::test]
    async fn missing_file_keeps_the_certificate() {
        let (_folder, files, mut watch) = watched().await;
        let former = watch.loaded;
        std::fs::remove_file(&files.key).expect("removed");
        assert_eq!(watch.look().await, Look::Waiting);
        assert!(matches!(watch.look().await, Look::Broken(PairError::Unreadable { .. })));
        assert_eq!(watch.look().await, Look::Waiting);
        assert_eq!(watch.loaded, former);
    }
}
