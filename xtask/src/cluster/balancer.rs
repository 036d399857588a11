//! HAProxy, between the nodes and the database hosts, and between clients and the nodes.

use std::fs;
use std::process::Command;

use super::host::{BALANCER, USER, quiet};
use crate::cmd::Result;

/// The port at which HAProxy distributes requests to the nodes.
pub const HTTP_PORT: u16 = 8080;

/// Starts HAProxy if it does not run.
pub fn start() -> Result {
    if BALANCER.runs(&["haproxy"]) {
        return Ok(());
    }
    let file = BALANCER.folder().join("haproxy.cfg");
    fs::write(&file, include_str!("../../../docs/cluster/haproxy.cfg"))
        .map_err(|e| format!("{}: {e}.", file.display()))?;
    quiet(Command::new("chown").arg(USER).arg(&file))?;
    let mut command = BALANCER.command(Some(USER), "haproxy");
    command.arg("-db").arg("-f").arg(&file);
    BALANCER.start(&command, "haproxy.log")
}

#[cfg(test)]
mod tests {
    use super::super::host::NODES;
    use super::super::node;
    use super::*;

    #[test]
    fn every_node_is_in_the_configuration() {
        let text = include_str!("../../../docs/cluster/haproxy.cfg");
        assert!(text.contains(&format!("bind *:{HTTP_PORT}\n")));
        for host in NODES {
            assert!(text.contains(&format!("{}:{}", host.address, node::PORT)), "{}", host.name);
        }
    }
}
