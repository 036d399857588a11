//! Whether a server runs at the listen address, without its proxy.

use std::time::Duration;

use super::super::healthcheck::{connect_address, ready_status};
use super::code::Code;
use super::report::Finding;
use crate::config::Config;

/// Longest request.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Asks the server of this machine.
pub async fn check(settings: &Config) -> Finding {
    let address = connect_address(settings);
    match ready_status(settings, TIMEOUT).await {
        Ok(200) => Finding::fact(Code::ServerReady, format!("A server at {address} is ready.")),
        Ok(status) => Finding::fault(
            Code::ServerNotReady,
            format!("The server at {address} is not ready: status {status}."),
            "Look at the findings about the database, and search the log for errors. If another program has the port, \
             stop it.",
        ),
        Err(error) => Finding::fault(
            Code::ServerNotRunning,
            format!("No server answers at {address}: {error}."),
            "Start it, and search its log for the reason of its end. If it listens elsewhere, set COUNTERSIGN_LISTEN \
             for this command too.",
        ),
    }
}
