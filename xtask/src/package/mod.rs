//! `cargo xtask package`: the packages of a release, in `target/package`.

mod checksums;
mod deb;
mod image;
pub mod place;
mod sbom;
pub mod tool;

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cmd::{Result, cargo, cargo_tool, program, run};
use crate::serve;

/// Options of `cargo xtask package`.
#[derive(Args)]
pub struct Options {
    /// Pack this binary, and build none
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

/// Builds a release and makes its packages.
pub fn package(options: &Options) -> Result {
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => build()?,
    };
    make(&binary, false)?;
    println!("\nThe packages are in {}.", place::folder().display());
    run(program("ls").arg("-l").arg(place::folder()))
}

/// Makes all packages of a binary, and returns the Debian package. Quick ones are compressed less.
pub fn make(binary: &Path, quick: bool) -> Result<PathBuf> {
    place::stage(binary)?;
    let deb = deb::build(quick)?;
    let alone = place::folder().join("countersign");
    place::copy(&place::binary(), &alone)?;
    let mut files = vec![deb.clone(), alone];
    files.extend(image::build()?);
    files.push(sbom::write()?);
    checksums::write(&files)?;
    Ok(deb)
}

/// Builds the release binary. It holds the list of its dependencies, which `cargo audit bin` reads.
fn build() -> Result<PathBuf> {
    let cargo = match tool::CARGO_AUDITABLE.path() {
        Ok(path) => {
            let mut auditable = cargo_tool(path);
            auditable.arg("auditable");
            auditable
        }
        Err(reason) => {
            println!("\nThe binary gets no list of its dependencies: cargo-auditable is missing. {reason}");
            cargo()
        }
    };
    serve::build_server_by(cargo, true)
}
