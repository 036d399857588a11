//! The programs of the cluster, from Debian's packages.

use std::path::Path;
use std::process::Command;

use super::host::USER;
use crate::cmd::{Result, program, run, succeeds, which};

/// Programs, each with its package.
const PROGRAMS: [(&str, &str); 7] = [
    ("ip", "iproute2"),
    ("setpriv", "util-linux"),
    ("psql", "postgresql-client"),
    ("etcd", "etcd-server"),
    ("patroni", "patroni"),
    ("haproxy", "haproxy"),
    ("sysctl", "procps"),
];
/// Packages without a program on the PATH that shows them.
const SERVER_PACKAGE: &str = "postgresql";
/// The library by which Patroni speaks to etcd.
const ETCD_LIBRARY: &str = "python3-etcd";
/// Services that Debian starts with these packages. The cluster starts its own processes.
const SERVICES: [&str; 3] = ["etcd", "patroni", "haproxy"];

/// Installs the packages that are missing.
///
/// # Errors
/// Returns a message with the missing packages if they can't be installed.
pub fn ensure() -> Result {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    if which("apt-get").is_some() {
        println!("\nThe cluster needs {}: installing the packages.", missing.join(", "));
        run(program("apt-get").args(["update", "-q"]))?;
        let mut install = program("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-q"]);
        run(install.args(&missing))?;
        for service in SERVICES.into_iter().filter(|_| which("systemctl").is_some()) {
            if missing.iter().any(|package| package.starts_with(service)) {
                succeeds(program("systemctl").args(["disable", "--now", service]));
            }
        }
    }
    let missing = self::missing();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("The cluster needs packages of Debian: `apt-get install {}`.", missing.join(" ")))
}

fn missing() -> Vec<&'static str> {
    let mut missing: Vec<_> =
        PROGRAMS.into_iter().filter(|(name, _)| which(name).is_none()).map(|(_, package)| package).collect();
    if postgres_bin_dir().is_none() || !succeeds(Command::new("id").arg(USER)) {
        missing.push(SERVER_PACKAGE);
    }
    if !succeeds(Command::new("/usr/bin/python3").args(["-c", "import etcd"])) {
        missing.push(ETCD_LIBRARY);
    }
    missing
}

/// Returns the folder of the programs of PostgreSQL's newest version.
pub fn postgres_bin_dir() -> Option<String> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let newest = versions
        .flatten()
        .filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| Path::new(&bin_dir(*version)).join("initdb").is_file())
        .max()?;
    Some(bin_dir(newest))
}

fn bin_dir(version: u32) -> String {
    format!("/usr/lib/postgresql/{version}/bin")
}
