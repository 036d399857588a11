//! A client of the management API.

use std::net::SocketAddr;

use serde_json::Value;

use super::bulk::ACCOUNT;
use super::context::BenchContext;
use super::process::send_request;
use crate::cmd::Result;

/// A client of the management API, with an access token of the role admin.
pub struct ManagementClient {
    address: SocketAddr,
    token: String,
}

impl ManagementClient {
    /// Creates the token.
    pub fn new(context: &BenchContext<'_>) -> Result<Self> {
        let create = ["token", "create", "--account", ACCOUNT, "--name", "bench", "--role", "admin"];
        let created = context.fixture.command(context.server, &create)?;
        let token = created["token"].as_str().unwrap_or_default().to_owned();
        Ok(Self { address: context.process.address, token })
    }

    /// Returns the header of the token, ending in CRLF.
    pub fn header(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.token)
    }

    /// Sends a GET request and returns the answer.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.send("GET", path, "")
    }

    /// Sends a POST request and returns the answer.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send("POST", path, &body.to_string())
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Result<Value> {
        let (header, length) = (self.header(), body.len());
        let request = format!(
            "{method} /v3{path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n{header}\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let (head, answer) = send_request(self.address, &request)?;
        if !head.starts_with("HTTP/1.1 20") {
            return Err(format!("{path} was answered with {head}: {answer}"));
        }
        serde_json::from_str(&answer).map_err(|e| format!("{path}: {e}: {answer}"))
    }
}
