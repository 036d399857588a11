//! `countersign healthcheck`: a readiness check for container images and supervisors, without curl.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::output::CommandResult;
use crate::config::Config;

const TIMEOUT: Duration = Duration::from_secs(3);

pub async fn healthcheck(settings: &Config) -> CommandResult {
    let origin = settings.listen;
    let request = async {
        let mut stream = TcpStream::connect(connect_address(settings)).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut status_line = [0; 12];
        stream.read_exact(&mut status_line).await?;
        Ok::<_, std::io::Error>(status_line)
    };
    match tokio::time::timeout(TIMEOUT, request).await {
        Ok(Ok(status_line)) if status_line == *b"HTTP/1.1 200" => Ok(json!({ "status": "ready" })),
        Ok(Ok(_)) => Err(format!("The server at {origin} is not ready.")),
        Ok(Err(error)) => Err(format!("The server at {origin} does not answer: {error}.")),
        Err(_) => Err(format!("The server at {origin} does not answer in time.")),
    }
}

/// Returns the address at which this machine reaches the server.
pub fn connect_address(settings: &Config) -> std::net::SocketAddr {
    let mut address = settings.listen;
    if address.ip().is_unspecified() {
        address.set_ip([127, 0, 0, 1].into());
    }
    address
}
