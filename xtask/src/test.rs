//! `cargo xtask test`: Rust tests on SQLite and PostgreSQL, API contract tests, code samples, and browser
//! tests; by name alone, the budgets of pages, the packages and the rolling upgrade.

use std::path::Path;

use clap::{Args, ValueEnum};

use crate::cmd::{Result, cargo, run};
use crate::package::tool;
use crate::postgres::Cluster;
use crate::{end2end, lighthouse, package_test, samples, schemathesis, serve, upgrade};

/// Options of `cargo xtask test`.
#[derive(Args)]
#[command(override_usage = "cargo xtask test [--skip schema|samples]... \
                      [rust|e2e|schema|samples|lighthouse|packages|upgrade [ARGUMENTS]]")]
pub struct Options {
    /// Leave out a part; may be repeated
    #[arg(long, value_enum, value_name = "PART")]
    skip: Vec<SkippablePart>,
    /// Run this part alone
    #[arg(value_enum)]
    part: Option<Part>,
    /// Arguments for `cargo test` (rust) or Playwright (e2e, samples, lighthouse); a binary to pack (packages)
    #[arg(allow_hyphen_values = true)]
    args: Vec<String>,
    // Separate, because clap removes a `--` that `cargo test` needs.
    #[arg(last = true, hide = true)]
    args_after_dashes: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Rust tests on SQLite and PostgreSQL
    Rust,
    /// Browser tests
    E2e,
    /// Generated requests, checked against the OpenAPI document
    Schema,
    /// Code samples, run against each kind of token
    Samples,
    /// Budgets of pages: Lighthouse scores, bytes and blocking time. Runs by name alone, on an idle machine
    Lighthouse,
    /// Packages, installed, upgraded and removed in a chroot. Runs by name alone, as root on Debian
    Packages,
    /// A rolling upgrade from the former release under load. Runs by name alone, because it builds that release
    Upgrade,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SkippablePart {
    /// Generated requests, which need Python
    Schema,
    /// Code samples, which need Python and PHP
    Samples,
}

impl Options {
    fn includes(&self, part: Part) -> bool {
        match self.part {
            Some(selected) => selected == part,
            // Speed on a busy machine says nothing about the pages, a chroot needs root, and the former release takes
            // long to build.
            None => !matches!(part, Part::Lighthouse | Part::Packages | Part::Upgrade) && !self.skips(part),
        }
    }

    fn skips(&self, part: Part) -> bool {
        self.skip.iter().any(|skipped| match skipped {
            SkippablePart::Schema => part == Part::Schema,
            SkippablePart::Samples => part == Part::Samples,
        })
    }

    /// Returns the arguments as typed, with their `--`.
    fn tool_args(&self) -> Vec<&str> {
        let dashes = if self.args_after_dashes.is_empty() { &[][..] } else { &["--"][..] };
        let args = self.args.iter().map(String::as_str).chain(dashes.iter().copied());
        args.chain(self.args_after_dashes.iter().map(String::as_str)).collect()
    }
}

/// Runs all tests or a part of them.
pub fn test(options: &Options) -> Result {
    if options.includes(Part::Samples) {
        // First, because the browser tests use the Python that these tests install.
        samples::test(&options.tool_args())?;
    } else if options.skips(Part::Samples) {
        println!("\nSkipped: code samples (--skip samples).");
    }
    if options.includes(Part::Packages) {
        package_test::test(&options.tool_args())?;
    } else if options.part != Some(Part::Samples) {
        test_server(options)?;
    }
    println!("\nAll tests passed.");
    Ok(())
}

/// Runs the parts that need a server.
fn test_server(options: &Options) -> Result {
    // Built first, because the tests need a server with the dashboard's files.
    let server = serve::build_server(false)?;
    if options.includes(Part::Rust) {
        let args = options.tool_args();
        if args.is_empty() {
            // On its own, because features unified with the workspace would rebuild the dependencies of
            // xtask.
            run(cargo().args(["test", "--package", "xtask"]))?;
        }
        // The ACME server of the tests of certificates. Without it they would report "not run".
        let pebble = tool::of_debian("pebble", "pebble")?;
        let cluster = Cluster::start()?;
        let mut tests = cargo();
        tests.args(["test", "--workspace", "--exclude", "frontend", "--exclude", "xtask", "--no-fail-fast"]);
        tests.args(args);
        tests.env("COUNTERSIGN_TEST_PEBBLE", pebble);
        cluster.set_environment(&mut tests);
        run(&mut tests)?;
    }
    if options.includes(Part::Schema) {
        schemathesis::test(&server)?;
    } else if options.skips(Part::Schema) {
        println!("\nSkipped: requests generated from the OpenAPI document (--skip schema).");
    }
    if options.includes(Part::E2e) {
        run_end2end(&server, &options.tool_args())?;
    }
    if options.includes(Part::Lighthouse) {
        lighthouse::test(&server, &options.tool_args())?;
    }
    if options.includes(Part::Upgrade) {
        upgrade::test(&server)?;
    }
    Ok(())
}

fn run_end2end(server: &Path, args: &[&str]) -> Result {
    run(end2end::command(server)?.args(args))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    fn parse(args: &str) -> Options {
        Cli::try_parse_from(["test"].into_iter().chain(args.split_whitespace())).expect(args).options
    }

    #[test]
    fn tool_arguments_are_passed_as_typed() {
        for args in ["", "name", "-- --nocapture", "name --release -- --nocapture", "-g name"] {
            let typed: Vec<&str> = args.split_whitespace().collect();
            assert_eq!(parse(&format!("rust {args}")).tool_args(), typed);
        }
    }

    #[test]
    fn a_part_runs_unless_another_is_selected_or_it_is_skipped() {
        let included = |args: &str| {
            let options = parse(args);
            [
                Part::Rust,
                Part::Schema,
                Part::Samples,
                Part::E2e,
                Part::Lighthouse,
                Part::Packages,
                Part::Upgrade,
            ]
            .map(|part| options.includes(part))
        };
        assert_eq!(included(""), [true, true, true, true, false, false, false]);
        assert_eq!(included("e2e"), [false, false, false, true, false, false, false]);
        assert_eq!(included("samples"), [false, false, true, false, false, false, false]);
        assert_eq!(included("lighthouse"), [false, false, false, false, true, false, false]);
        assert_eq!(included("packages"), [false, false, false, false, false, true, false]);
        assert_eq!(included("upgrade"), [false, false, false, false, false, false, true]);
        assert_eq!(included("--skip schema"), [true, false, true, true, false, false, false]);
        assert_eq!(included("--skip schema --skip samples"), [true, false, false, true, false, false, false]);
        assert!(Cli::try_parse_from(["test", "java"]).is_err());
        assert!(Cli::try_parse_from(["test", "--skip", "rust"]).is_err());
    }
}
