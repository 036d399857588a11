//! The binary of the former release, built from git in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cmd::{Result, cargo, program, run, target_dir};

/// The release that this version is an upgrade of. A release sets it to the one before.
const VERSION: &str = "0.1.0";
/// Its commit, because not every copy of the repository has tags.
const COMMIT: &str = "23b9c682bf915dde594c79cf414e9db893649944";

/// Builds the former release in the debug profile, and returns the binary's path. The dashboard's files are left out.
pub fn build() -> Result<PathBuf> {
    println!("\nThe former release, {VERSION}. The first build takes as long as that of this version.");
    let folder = target_dir().join("upgrade").join(VERSION);
    let source = folder.join("source");
    if !source.join("Cargo.toml").is_file() {
        export(&folder, &source)?;
    }
    let target = folder.join("target");
    run(cargo().current_dir(&source).env("CARGO_TARGET_DIR", &target).args([
        "build",
        "--locked",
        "--package",
        "server",
        "--bin",
        "countersign",
    ]))?;
    Ok(target.join("debug/countersign"))
}

/// Writes the files of the release's commit to `source`.
fn export(folder: &Path, source: &Path) -> Result {
    // The server embeds this folder.
    let site = source.join("target/site");
    fs::create_dir_all(&site).map_err(|e| format!("{} can't be created: {e}.", site.display()))?;
    let archive = folder.join("source.tar");
    run(program("git").args(["archive", "--output"]).arg(&archive).arg(COMMIT)).map_err(|e| {
        format!("{e}\nThe commit of the release {VERSION} is missing: `git fetch --unshallow` gets the whole history.")
    })?;
    run(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(source))
}
