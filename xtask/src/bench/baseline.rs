//! The baseline server of every ratio in the report: the crate `xtask/baseline`.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::config::CONNECTIONS;
use super::load::{self, LoadResult};
use super::process::{SERVER_CORE, ServerProcess, pinned, send_request};
use super::request::write_post;
use crate::cmd::{Result, cargo, run};

const PACKAGE: &str = "baseline";

/// Builds the baseline server in the release profile.
pub fn build() -> Result {
    // With the server's package, so that Cargo selects the server's features, and compiles no dependency again.
    run(cargo().args(["build", "--release", "--bins", "--package", "server", "--package", PACKAGE]))
}

/// A running baseline server.
pub struct Baseline(ServerProcess);

impl Baseline {
    /// Starts the binary that was built beside the server's.
    pub fn start(server: &Path) -> Result<Self> {
        let binary = server.with_file_name(PACKAGE);
        ServerProcess::start(&mut pinned(SERVER_CORE, &binary), |line| line.parse().ok()).map(Self)
    }

    fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Measures the handler: JSON request, constant JSON response.
    pub fn measure(&self, time: Duration) -> Result<LoadResult> {
        let body = r#"{"license_key":"LIC-A3F9-K2M7-P8X1-Q4R6","domain":"myapp.example.com"}"#;
        load::run(self.address(), CONNECTIONS, time, |out| {
            write_post(out, "/", body);
            true
        })
    }

    /// Measures RS256 signatures per second on one thread.
    pub fn measure_sign_rate(&self) -> Result<LoadResult> {
        let request = "GET /sign-rate HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
        let (_, body) = send_request(self.address(), request)?;
        let rate = body
            .trim()
            .parse()
            .map_err(|_| format!("The baseline server returned no signature rate: {body}"))?;
        Ok(LoadResult { rate, ..LoadResult::default() })
    }
}
