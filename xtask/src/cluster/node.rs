//! The nodes of Countersign.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::host::{BALANCER, Host, NODES, quiet};
use super::{balancer, client, database, instance};
use crate::cmd::{Result, workspace_root};

/// The port of each node.
pub const PORT: u16 = 3000;

/// The system gives an unanswered TCP connection up after so many repetitions: about 13 s. See
/// docs/cluster.md.
const TCP_RETRIES: &str = "net.ipv4.tcp_retries2=5";
const MAX_START: Duration = Duration::from_mins(1);
const MAX_ANSWER: Duration = Duration::from_secs(3);

/// Starts the nodes that do not run, and waits until all are ready.
pub fn start_all(binary: &Path) -> Result {
    for host in NODES {
        start(host, binary)?;
    }
    wait_until_ready(MAX_START)
}

/// Starts the node of a host if it does not run.
pub fn start(host: Host, binary: &Path) -> Result {
    if !host.processes().is_empty() {
        return Ok(());
    }
    quiet(host.command(None, "sysctl").args(["-q", "-w", TCP_RETRIES]))?;
    let mut command = host.command(None, binary);
    command.args(["serve", "--listen", &format!("{}:{PORT}", host.address)]);
    command.current_dir(workspace_root());
    command.env("COUNTERSIGN_DATA_DIR", host.folder()).env("COUNTERSIGN_DATABASE_URL", database::url());
    command.env("COUNTERSIGN_MASTER_KEY", instance::master_key()?);
    command.env("COUNTERSIGN_PUBLIC_URL", format!("http://{}:{}", BALANCER.address, balancer::HTTP_PORT));
    command.env("COUNTERSIGN_TRUSTED_PROXIES", BALANCER.address);
    // All clients have one address.
    command.env("COUNTERSIGN_RATE_LIMITS", "off");
    host.start(&command, "countersign.log")
}

/// Waits until every node reports that it is ready.
///
/// # Errors
/// Returns a message if that takes longer than `max_time`.
pub fn wait_until_ready(max_time: Duration) -> Result {
    let started = Instant::now();
    for host in NODES {
        while !is_ready(host) {
            if started.elapsed() > max_time {
                let seconds = max_time.as_secs();
                return Err(format!("The node {} is not ready after {seconds} s.", host.name));
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
    Ok(())
}

fn is_ready(host: Host) -> bool {
    client::get(host.address, PORT, "/readyz", MAX_ANSWER).body_with_status(200).is_some()
}
