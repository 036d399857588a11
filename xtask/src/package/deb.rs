//! The Debian package, by cargo-deb. What it contains is in `server/Cargo.toml` and `packaging/debian`.

use std::path::PathBuf;

use super::place::{self, VERSION};
use super::tool;
use crate::cmd::{Result, cargo_tool, run};

/// Makes the package of the staged binary. A quick one is compressed less.
///
/// # Errors
/// Returns a message if a tool is missing or fails.
pub fn build(quick: bool) -> Result<PathBuf> {
    // They find the libraries on which the binary depends, and compress.
    tool::of_debian("dpkg-shlibdeps", "dpkg-dev")?;
    tool::of_debian("xz", "xz-utils")?;
    let file = place::folder().join(format!("countersign_{VERSION}-1_{}.deb", place::architecture()?));
    let mut deb = cargo_tool(tool::CARGO_DEB.path()?);
    deb.args(["deb", "--package", "server", "--locked", "--no-build", "--no-strip", "--compress-system"]);
    if quick {
        deb.arg("--fast");
    }
    run(deb.arg("--output").arg(&file).env("CARGO_TARGET_DIR", place::staging()))?;
    Ok(file)
}
