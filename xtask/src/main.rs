//! `cargo xtask`: builds parts that cargo alone cannot build (WebAssembly, CSS, one binary that embeds both),
//! runs the server, and tests, checks and measures the workspace.

mod bench;
mod browser;
mod check;
mod cluster;
mod cmd;
mod deny;
mod end2end;
mod frontend;
mod import_cycles;
mod islands;
mod layering;
mod lighthouse;
mod npm;
mod package;
mod package_test;
mod playwright;
mod postgres;
mod python;
mod samples;
mod schemathesis;
mod scripts;
mod serve;
mod test;
mod tour;
mod upgrade;
mod wording;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, runs, tests, checks and measures Countersign
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and run the server on SQLite in ./data
    Serve(serve::Options),
    /// Run all tests, one part of them, or all parts but some
    Test(test::Options),
    /// Build one release binary that embeds the dashboard
    Build,
    /// Make the packages of a release in target/package: Debian package, image, bill of materials, checksums
    Package(package::Options),
    /// Compare the server with a baseline server; the table is written to target/bench/table.md
    Bench(bench::Options),
    /// Three database hosts under Patroni, HAProxy and three nodes on this machine: start, break, remove them
    Cluster(cluster::Options),
    /// Check format, lints (native and WebAssembly), dependencies, import cycles and wording
    Check,
    /// Take screenshots of every page, at two widths and in both themes, in target/tour
    Tour {
        /// Arguments for Playwright, such as --project=390-dark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Build the dashboard's files alone, in target/site
    Site {
        /// Optimize for size
        #[arg(long)]
        release: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(options) => serve::serve(&options),
        Command::Test(options) => test::test(&options),
        Command::Build => serve::build(),
        Command::Package(options) => package::package(&options),
        Command::Bench(options) => bench::bench(&options),
        Command::Cluster(options) => cluster::cluster(&options),
        Command::Check => check::check(),
        Command::Tour { args } => tour::tour(&args),
        Command::Site { release } => frontend::build(release),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}
