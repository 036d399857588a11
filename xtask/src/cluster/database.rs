//! The database hosts: etcd, Patroni and the PostgreSQL that Patroni starts.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::host::{BALANCER, DATABASES, Host, USER, quiet};
use super::{packages, patroni};
use crate::cmd::Result;

/// The port of PostgreSQL, also at the balancer.
pub const PORT: u16 = 5432;
/// The role and the database of Countersign.
const ROLE: &str = "countersign";
/// The password of all roles. The hosts can be reached from this machine alone, and live as long as a test.
const PASSWORD: &str = "cluster-of-tests";

/// Words of the command lines on a database host.
pub const ETCD: &[&str] = &["bin/etcd"];
pub const PATRONI: &[&str] = &["bin/patroni"];
pub const POSTGRES: &[&str] = &["bin/postgres", "postgres: "];
/// What ends if the primary is killed: etcd stays.
pub const DATABASE: &[&str] = &["bin/patroni", "bin/postgres", "postgres: "];

const MAX_START: Duration = Duration::from_mins(2);
const MAX_FAILOVER: Duration = Duration::from_mins(1);

/// Starts etcd and Patroni on the hosts on which they do not run, and waits until the cluster is whole.
pub fn start_all() -> Result {
    for host in DATABASES {
        start_etcd(host)?;
    }
    for host in DATABASES {
        start_patroni(host)?;
    }
    println!("\nWaiting for the database cluster.");
    patroni::wait_until_healthy(MAX_START)
}

/// Starts etcd on a host if it does not run there.
pub fn start_etcd(host: Host) -> Result {
    if host.runs(ETCD) {
        return Ok(());
    }
    let mut command = host.command(Some(USER), "/usr/bin/etcd");
    let settings = fill_in(include_str!("../../../docs/cluster/etcd.env"), host);
    for (name, value) in settings.lines().filter_map(|line| line.split_once('=')) {
        if !name.starts_with('#') {
            command.env(name, value);
        }
    }
    host.start(&command, "etcd.log")
}

/// Starts Patroni on a host if it does not run there. Patroni starts PostgreSQL.
pub fn start_patroni(host: Host) -> Result {
    if host.runs(PATRONI) {
        return Ok(());
    }
    let file = host.folder().join("patroni.yml");
    let bin_dir = packages::postgres_bin_dir().ok_or("PostgreSQL is not installed.")?;
    fs::write(&file, patroni_configuration(host, &bin_dir))
        .map_err(|e| format!("{}: {e}.", file.display()))?;
    quiet(Command::new("chown").arg(USER).arg(&file))?;
    let mut command = host.command(Some(USER), "/usr/bin/patroni");
    command.arg(&file);
    host.start(&command, "patroni.log")
}

fn patroni_configuration(host: Host, bin_dir: &str) -> String {
    let text = fill_in(include_str!("../../../docs/cluster/patroni.yml"), host);
    text.replace("@BIN_DIR@", bin_dir)
}

/// Fills the values of a host in.
fn fill_in(template: &str, host: Host) -> String {
    let folder = host.folder();
    let path = |name: &str| folder.join(name).display().to_string();
    let values = [
        ("@NAME@", host.name.to_owned()),
        ("@ADDRESS@", host.address.to_owned()),
        ("@ETCD_DIR@", path("etcd")),
        ("@DATA_DIR@", path("data")),
        ("@PGPASS@", path("pgpass")),
        ("@SOCKET_DIR@", folder.display().to_string()),
        ("@SUPERUSER_PASSWORD@", PASSWORD.to_owned()),
        ("@REPLICATION_PASSWORD@", PASSWORD.to_owned()),
    ];
    values.into_iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, &value))
}

/// Creates the role and the database of Countersign if they do not exist.
pub fn create_database() -> Result {
    let exists = |sql: &str| query("postgres", sql).map(|rows| !rows.is_empty());
    if !exists(&format!("SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"))? {
        query("postgres", &format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'"))?;
    }
    if !exists(&format!("SELECT 1 FROM pg_database WHERE datname = '{ROLE}'"))? {
        query("postgres", &format!("CREATE DATABASE {ROLE} OWNER {ROLE}"))?;
    }
    Ok(())
}

/// Returns the URL of the database, for the nodes.
pub fn url() -> String {
    format!("postgres://{ROLE}:{PASSWORD}@{}:{PORT}/{ROLE}", BALANCER.address)
}

/// Returns the rows of a query in the database of Countersign, each as text with `|` between its columns.
pub fn rows(sql: &str) -> Result<Vec<String>> {
    query(ROLE, sql)
}

fn query(database: &str, sql: &str) -> Result<Vec<String>> {
    let deadline = std::time::Instant::now() + MAX_FAILOVER;
    loop {
        let mut psql = Command::new("psql");
        psql.args(["-h", BALANCER.address, "-p", &PORT.to_string(), "-U", "postgres", "-d", database]);
        psql.args(["-v", "ON_ERROR_STOP=1", "-AtX", "-c", sql]);
        psql.env("PGPASSWORD", PASSWORD).env("PGCONNECT_TIMEOUT", "3");
        let done = psql.output().map_err(|e| format!("`psql` can't be run: {e}."))?;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).lines().map(ToOwned::to_owned).collect());
        }
        // The balancer may not know the primary yet.
        if std::time::Instant::now() > deadline {
            return Err(format!("`{sql}` failed: {}", String::from_utf8_lossy(&done.stderr).trim()));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configurations_have_no_open_words() {
        let patroni = patroni_configuration(DATABASES[1], "/usr/lib/postgresql/15/bin");
        let etcd = fill_in(include_str!("../../../docs/cluster/etcd.env"), DATABASES[1]);
        for text in [&patroni, &etcd] {
            let mut settings = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            assert!(settings.all(|line| !line.contains('@')), "{text}");
        }
        assert!(patroni.contains("name: db2") && patroni.contains("connect_address: 10.87.0.12:5432"));
        assert!(etcd.contains("ETCD_NAME=db2\n") && etcd.contains("CLIENT_URLS=http://10.87.0.12:2379\n"));
    }

    #[test]
    fn every_database_host_is_in_the_configurations() {
        let patroni = include_str!("../../../docs/cluster/patroni.yml");
        let etcd = include_str!("../../../docs/cluster/etcd.env");
        let haproxy = include_str!("../../../docs/cluster/haproxy.cfg");
        for Host { name, address, .. } in DATABASES {
            assert!(patroni.contains(&format!("{address}:2379")), "{name}");
            assert!(etcd.contains(&format!("{name}=http://{address}:2380")), "{name}");
            assert!(haproxy.contains(&format!("server {name} {address}:5432")), "{name}");
        }
    }
}
