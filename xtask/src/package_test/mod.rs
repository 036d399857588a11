//! The test of packages: what they contain, and what Debian's package does in a chroot.

mod chroot;
mod lifecycle;
mod manifests;
mod server;
mod unit;

use std::path::PathBuf;

use crate::cmd::{Result, is_root, program, run};
use crate::package::{self, place};
use crate::serve;

/// Makes the packages of a debug build, or of the binary that `args` name, and tests them.
///
/// # Errors
/// Returns a message if a package is wrong, or this is no Debian, or not root.
pub fn test(args: &[&str]) -> Result {
    if !is_root() {
        return Err("The test of packages installs them in a chroot, which needs root.".into());
    }
    unit::check()?;
    manifests::check()?;
    let binary = match args.first() {
        Some(path) => PathBuf::from(path),
        None => serve::build_server(false)?,
    };
    let deb = package::make(&binary, true)?;
    run(program("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(place::folder()))?;
    lifecycle::test(&deb)
}
