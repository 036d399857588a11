//! `cargo xtask serve` and `cargo xtask build`.

use crate::cmd::{Result, cargo, program, run, target_dir};
use crate::frontend;

/// Builds the server and runs it.
pub fn serve(args: &[String]) -> Result {
    let release = args.iter().any(|a| a == "--release");
    let rest = args.iter().filter(|a| *a != "--release");
    let binary = build_server(release)?;
    run(program(binary).arg("serve").args(rest))
}

/// Builds the one file to ship.
pub fn build() -> Result {
    let binary = build_server(true)?;
    println!("\nThe server is {}: copy it anywhere and run `countersign serve`.", binary.display());
    Ok(())
}

/// Builds the dashboard's files and then the server; release builds embed them.
pub fn build_server(release: bool) -> Result<std::path::PathBuf> {
    frontend::build(release)?;
    let mut build = cargo();
    build.args(["build", "--package", "server", "--bin", "countersign"]);
    if release {
        build.arg("--release");
    }
    run(&mut build)?;
    Ok(target_dir().join(if release { "release" } else { "debug" }).join("countersign"))
}
