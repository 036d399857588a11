//! `countersign healthcheck`: a readiness check for container images and supervisors, without curl.

use std::io;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::output::CommandResult;
use crate::config::Config;
use crate::tls::connect_to_this_machine;

const TIMEOUT: Duration = Duration::from_secs(3);

pub async fn healthcheck(settings: &Config) -> CommandResult {
    let origin = settings.listen;
    match ready_status(settings, TIMEOUT).await {
        Ok(200) => Ok(json!({ "status": "ready" })),
        Ok(_) => Err(format!("The server at {origin} is not ready.")),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            Err(format!("The server at {origin} does not answer in time."))
        }
        Err(error) => Err(format!("The server at {origin} does not answer: {error}.")),
    }
}

/// Returns the status with which the server of this machine answers `/readyz`. An answer that is not HTTP has the
/// status 0.
pub async fn ready_status(settings: &Config, limit: Duration) -> io::Result<u16> {
    let request = async {
        let stream = TcpStream::connect(connect_address(settings)).await?;
        if settings.speaks_tls() {
            status_of(connect_to_this_machine(stream).await?).await
        } else {
            status_of(stream).await
        }
    };
    let late = || io::Error::new(io::ErrorKind::TimedOut, "there was no answer in time");
    tokio::time::timeout(limit, request).await.unwrap_or_else(|_| Err(late()))
}

async fn status_of(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<u16> {
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    stream.flush().await?;
    let mut status_line = [0; 12];
    stream.read_exact(&mut status_line).await?;
    let status = status_line.strip_prefix(b"HTTP/1.1 ").and_then(|status| std::str::from_utf8(status).ok());
    Ok(status.and_then(|status| status.parse().ok()).unwrap_or(0))
}

/// Returns the address at which this machine reaches the server.
pub fn connect_address(settings: &Config) -> std::net::SocketAddr {
    let mut address = settings.listen;
    if address.ip().is_unspecified() {
        address.set_ip([127, 0, 0, 1].into());
    }
    address
}
