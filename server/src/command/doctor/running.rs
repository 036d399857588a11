//! Whether a server runs at the listen address, without its proxy.

use http::Uri;

use super::super::healthcheck::connect_address;
use super::code::Code;
use super::report::Finding;
use crate::config::Config;
use crate::webhook_client::{DirectError, get};

/// Asks the server of this machine.
pub async fn check(settings: &Config) -> Finding {
    let address = connect_address(settings);
    let uri = Uri::builder().scheme("http").authority(address.to_string()).path_and_query("/readyz").build();
    let answer = match uri {
        Ok(uri) => get(&uri, None).await,
        Err(error) => Err(DirectError::Unreachable(error.to_string())),
    };
    match answer {
        Ok(answer) if answer.status == 200 => {
            Finding::fact(Code::ServerReady, format!("A server at {address} is ready."))
        }
        Ok(answer) => Finding::fault(
            Code::ServerNotReady,
            format!("The server at {address} is not ready: status {}.", answer.status),
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
