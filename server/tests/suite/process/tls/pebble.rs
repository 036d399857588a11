//! A real ACME server for tests: Pebble of Let's Encrypt, with a DNS server that answers every name with this machine.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use super::super::wait_until;
use super::fixture::{Certificate, Client, Offer, write};

/// Returns the program of Debian's package. `cargo xtask test` installs it and sets the variable.
fn program() -> Option<PathBuf> {
    let given = std::env::var_os("COUNTERSIGN_TEST_PEBBLE").map(PathBuf::from);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found =
        || std::env::split_paths(&folders).map(|folder| folder.join("pebble")).find(|file| file.is_file());
    let program = given.or_else(found);
    if program.is_none() {
        println!("not run: Pebble is not installed, such as by `apt-get install pebble`");
    }
    program
}

/// Returns a port of this machine that was free a moment ago.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

/// A running ACME server. It is killed when dropped.
pub struct Pebble {
    folder: TempDir,
    certificate: Certificate,
    directory: SocketAddr,
    management: SocketAddr,
    children: Vec<Child>,
}

impl Pebble {
    /// Starts one that validates at `http`. `None` without the program.
    pub fn start(http: SocketAddr) -> Option<Self> {
        let program = program()?;
        let folder = tempfile::tempdir().expect("a folder");
        let certificate = Certificate::new();
        write(&folder.path().join("server.pem"), &certificate.pem);
        write(&folder.path().join("key.pem"), &certificate.key_pem);
        let (directory, management, dns) = (free_address(), free_address(), free_address());
        let settings = json!({ "pebble": {
            "listenAddress": directory.to_string(),
            "managementListenAddress": management.to_string(),
            "certificate": folder.path().join("server.pem"),
            "privateKey": folder.path().join("key.pem"),
            "httpPort": http.port(),
            "tlsPort": free_address().port(),
            "certificateValidityPeriod": 90 * 86_400,
        } });
        write(&folder.path().join("pebble.json"), &settings.to_string());
        let names = Command::new(program.with_file_name("pebble-challtestsrv"))
            .args(["-dns01", &dns.to_string(), "-management", &free_address().to_string()])
            .args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pebble-challtestsrv, of the same package");
        let authority = Command::new(program)
            .arg("-config")
            .arg(folder.path().join("pebble.json"))
            .args(["-dnsserver", &dns.to_string()])
            .env("PEBBLE_VA_NOSLEEP", "1")
            // Each order validates anew.
            .env("PEBBLE_AUTHZREUSE", "0")
            // Some nonces in a row that are refused at random would fail an order.
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pebble");
        let pebble = Self { folder, certificate, directory, management, children: vec![names, authority] };
        let answers = || std::net::TcpStream::connect(directory).is_ok();
        assert!(wait_until(Duration::from_secs(20), answers), "Pebble listens");
        Some(pebble)
    }

    /// Returns the settings of a server with a certificate of this authority.
    pub fn settings(&self, name: &str, redirect: SocketAddr) -> Vec<(&'static str, String)> {
        vec![
            ("COUNTERSIGN_PUBLIC_URL", format!("https://{name}")),
            ("COUNTERSIGN_REDIRECT_LISTEN", redirect.to_string()),
            ("COUNTERSIGN_TLS_ACME_DOMAINS", name.to_owned()),
            ("COUNTERSIGN_TLS_ACME_AGREE_TO_TERMS", "on".to_owned()),
            ("COUNTERSIGN_TLS_ACME_CONTACT", "ada@example.com".to_owned()),
            ("COUNTERSIGN_TLS_ACME_DIRECTORY", self.directory()),
            ("COUNTERSIGN_TLS_ACME_ROOT", self.root().display().to_string()),
        ]
    }

    /// Returns the address of the authority's directory.
    pub fn directory(&self) -> String {
        format!("https://localhost:{}/dir", self.directory.port())
    }

    /// Returns the certificate of the authority's own server.
    fn root(&self) -> PathBuf {
        let folder: &Path = self.folder.path();
        folder.join("server.pem")
    }

    /// Returns the root of the certificates that the authority issues.
    pub async fn issuing_roots(&self) -> RootCertStore {
        let client = Client::at(self.management, &[&self.certificate]);
        let answer = client.get(Offer::Http1, "/roots/0").await.expect("the root of the authority");
        let root = CertificateDer::from_pem_slice(answer.body.as_bytes()).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(root).expect("a root");
        roots
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
