//! `cargo xtask serve` and `cargo xtask build`.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::cmd::{Result, cargo, program, run, target_dir};
use crate::frontend;

const RELEASE: &str = "--release";

/// Options of `cargo xtask serve`.
#[derive(Args)]
#[command(override_usage = "cargo xtask serve [--release] [--demo] [OPTIONS OF `countersign serve`]")]
pub struct Options {
    /// Build in the release profile
    #[arg(long)]
    release: bool,
    /// Options of `countersign serve`, such as `--demo`, which fills an empty instance
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    server_args: Vec<String>,
}

/// Builds the server and runs it.
pub fn serve(options: &Options) -> Result {
    // `--release` may also follow the server's options.
    let release = options.release || options.server_args.iter().any(|arg| arg == RELEASE);
    let server_args = options.server_args.iter().filter(|arg| *arg != RELEASE);
    let binary = build_server(release)?;
    run(program(binary).arg("serve").args(server_args))
}

/// Builds the release binary.
pub fn build() -> Result {
    let binary = build_server(true)?;
    let bytes = std::fs::metadata(&binary).map_err(|e| format!("{}: {e}.", binary.display()))?.len();
    println!(
        "\nThe server is {} ({}.{} MB): copy it anywhere and run `countersign serve`.",
        binary.display(),
        bytes / 1_000_000,
        bytes / 100_000 % 10
    );
    Ok(())
}

/// Builds the dashboard's files, then the server, and returns the binary's path. A release build embeds the
/// files.
pub fn build_server(release: bool) -> Result<PathBuf> {
    build_server_by(cargo(), release)
}

/// Does the same by another cargo, such as one that writes the dependencies into the binary.
pub fn build_server_by(mut build: Command, release: bool) -> Result<PathBuf> {
    println!("\nStep 1 of 2: the dashboard.");
    frontend::build(release)?;
    println!("\nStep 2 of 2: the server, which takes the longest.");
    build.args(["build", "--package", "server", "--bin", "countersign"]);
    if release {
        build.arg(RELEASE);
    }
    run(&mut build)?;
    Ok(target_dir().join(if release { "release" } else { "debug" }).join("countersign"))
}
