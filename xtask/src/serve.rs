//! `cargo xtask serve` and `cargo xtask build`.

use crate::run::{Done, cargo, program, run, target};
use crate::site;

/// Builds the server and runs it.
pub fn serve(args: &[String]) -> Done {
    let release = args.iter().any(|a| a == "--release");
    let rest = args.iter().filter(|a| *a != "--release");
    let binary = server(release)?;
    run(program(binary).arg("serve").args(rest))
}

/// Builds the one file to ship.
pub fn build() -> Done {
    let binary = server(true)?;
    println!("\nThe server is {}: copy it anywhere and run `countersign serve`.", binary.display());
    Ok(())
}

/// Builds the dashboard's files and then the server; release builds embed them.
pub fn server(release: bool) -> Done<std::path::PathBuf> {
    site::build(release)?;
    let mut build = cargo();
    build.args(["build", "--package", "server", "--bin", "countersign"]);
    if release {
        build.arg("--release");
    }
    run(&mut build)?;
    Ok(target().join(if release { "release" } else { "debug" }).join("countersign"))
}
