//! The faults that the tests cause.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use super::database::{self, DATABASE, ETCD, PATRONI, POSTGRES};
use super::host::{BALANCER, DATABASES, Host, NODES};
use super::{node, patroni};
use crate::cmd::Result;

/// How long a killed or cut off part stays away. Longer than a failover.
const LONG: Duration = Duration::from_secs(35);
const SHORT: Duration = Duration::from_secs(10);
const MAX_STOP: Duration = Duration::from_secs(30);
const MAX_HEALTHY: Duration = Duration::from_mins(3);

/// A fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Fault {
    /// PostgreSQL and Patroni of the primary are killed, and started again later
    PrimaryKilled,
    /// PostgreSQL of the primary is killed; its Patroni stays
    PostgresCrashed,
    /// All processes of the primary's host are killed, etcd too, and started again later
    PrimaryHostKilled,
    /// The line of the primary's host is cut; the host comes back later
    PrimaryCutOff,
    /// All processes of the primary's host are frozen, and resume as a former primary
    PrimaryFrozen,
    /// The etcd of the primary's host is killed
    EtcdLost,
    /// The synchronous standby is killed
    ReplicaLost,
    /// The line of the synchronous standby's host is cut
    ReplicaCutOff,
    /// A node of Countersign is killed
    NodeKilled,
    /// A node of Countersign is frozen, and resumes
    NodeFrozen,
    /// The line between all nodes and the databases is cut
    DatabasesCutOff,
    /// Each database host and each node is restarted, one after the other
    AllRestarted,
}

impl Fault {
    /// Returns the name of the command line and of the table.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Causes the fault, and ends it. Returns before all is healthy again.
    pub fn cause(self, binary: &Path) -> Result {
        match self {
            Self::PrimaryKilled => kill_database(patroni::primary()?, LONG),
            Self::PostgresCrashed => {
                patroni::primary()?.signal("KILL", POSTGRES);
                thread::sleep(LONG);
                Ok(())
            }
            Self::PrimaryHostKilled => {
                let host = patroni::primary()?;
                host.kill(&[])?;
                thread::sleep(LONG);
                database::start_etcd(host)?;
                database::start_patroni(host)
            }
            Self::PrimaryCutOff => cut(patroni::primary()?, LONG),
            Self::PrimaryFrozen => {
                freeze(patroni::primary()?, LONG);
                Ok(())
            }
            Self::EtcdLost => {
                let host = patroni::primary()?;
                host.kill(ETCD)?;
                thread::sleep(SHORT);
                database::start_etcd(host)
            }
            Self::ReplicaLost => kill_database(patroni::synchronous_standby()?, SHORT),
            Self::ReplicaCutOff => cut(patroni::synchronous_standby()?, SHORT),
            Self::NodeKilled => {
                NODES[1].kill(&[])?;
                thread::sleep(SHORT);
                node::start(NODES[1], binary)
            }
            Self::NodeFrozen => {
                freeze(NODES[2], SHORT);
                Ok(())
            }
            Self::DatabasesCutOff => cut(BALANCER, SHORT),
            Self::AllRestarted => restart_all(binary),
        }
    }
}

fn kill_database(host: Host, time: Duration) -> Result {
    host.kill(DATABASE)?;
    thread::sleep(time);
    database::start_patroni(host)
}

fn cut(host: Host, time: Duration) -> Result {
    host.cut()?;
    thread::sleep(time);
    host.restore()
}

fn freeze(host: Host, time: Duration) {
    host.signal("STOP", &[]);
    thread::sleep(time);
    host.signal("CONT", &[]);
}

/// Restarts hosts as an operator does for an upgrade: the next one once all is whole.
fn restart_all(binary: &Path) -> Result {
    for host in DATABASES {
        host.signal("TERM", PATRONI);
        wait_for_end(host, DATABASE)?;
        host.signal("TERM", ETCD);
        wait_for_end(host, ETCD)?;
        database::start_etcd(host)?;
        database::start_patroni(host)?;
        patroni::wait_until_healthy(MAX_HEALTHY)?;
    }
    for host in NODES {
        host.signal("TERM", &[]);
        wait_for_end(host, &["serve"])?;
        node::start(host, binary)?;
        node::wait_until_ready(MAX_HEALTHY)?;
    }
    Ok(())
}

/// Waits for the end of processes. Those that take too long are killed.
fn wait_for_end(host: Host, words: &[&str]) -> Result {
    let started = Instant::now();
    while host.runs(words) {
        if started.elapsed() > MAX_STOP {
            return host.kill(words);
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
