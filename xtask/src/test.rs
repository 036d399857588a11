//! `cargo xtask test`: Rust tests on SQLite and PostgreSQL, API contract tests, and browser tests.

use std::path::Path;

use clap::{Args, ValueEnum};

use crate::cmd::{Result, cargo, program, run, which, workspace_root};
use crate::postgres::Cluster;
use crate::{browser, schemathesis, serve};

/// Options of `cargo xtask test`.
#[derive(Args)]
#[command(override_usage = "cargo xtask test [--skip schema] [rust|e2e|schema [ARGUMENTS]]")]
pub struct Options {
    /// Leave out a part
    #[arg(long, value_enum, value_name = "PART")]
    skip: Option<SkippablePart>,
    /// Run this part alone
    #[arg(value_enum)]
    part: Option<Part>,
    /// Arguments for `cargo test` (rust) or Playwright (e2e)
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
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SkippablePart {
    /// Generated requests, which need Python
    Schema,
}

impl Options {
    fn includes(&self, part: Part) -> bool {
        let is_skipped = part == Part::Schema && self.skip.is_some();
        self.part.is_none_or(|selected| selected == part) && !is_skipped
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
    // Built first, because the tests need a server with the dashboard's files.
    let server = serve::build_server(false)?;
    if options.includes(Part::Rust) {
        let args = options.tool_args();
        if args.is_empty() {
            // On its own, because features unified with the workspace would rebuild the dependencies of
            // xtask.
            run(cargo().args(["test", "--package", "xtask"]))?;
        }
        let cluster = Cluster::start()?;
        let mut tests = cargo();
        tests.args(["test", "--workspace", "--exclude", "frontend", "--exclude", "xtask", "--no-fail-fast"]);
        tests.args(args);
        cluster.set_environment(&mut tests);
        run(&mut tests)?;
    }
    if options.includes(Part::Schema) {
        schemathesis::test(&server)?;
    } else if options.skip.is_some() {
        println!("\nSkipped: requests generated from the OpenAPI document (--skip schema).");
    }
    if options.includes(Part::E2e) {
        run_end2end(&server, &options.tool_args())?;
    }
    println!("\nAll tests passed.");
    Ok(())
}

fn run_end2end(server: &Path, args: &[&str]) -> Result {
    if which("npm").is_none() {
        return Err(
            "The browser tests need Node.js with npm (20 or newer), and npm is not on the PATH.".into()
        );
    }
    let lock = workspace_root().join("end2end/package-lock.json");
    let stamp = workspace_root().join("end2end/node_modules/.package-lock.json");
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    if modified(&lock) > modified(&stamp) {
        // `browser::find` installs the browser.
        let mut install = program("npm");
        install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        run(install.args(["--prefix", "end2end", "ci", "--no-audit", "--no-fund"]))?;
    }
    let mut tests = program(workspace_root().join("end2end/node_modules/.bin/playwright"));
    tests.current_dir(workspace_root().join("end2end")).arg("test").args(args);
    tests.env("COUNTERSIGN_TEST_BINARY", server);
    if let Some(browser) = browser::find()? {
        tests.env("COUNTERSIGN_TEST_BROWSER", browser);
    }
    run(&mut tests)
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
            [Part::Rust, Part::Schema, Part::E2e].map(|part| options.includes(part))
        };
        assert_eq!(included(""), [true, true, true]);
        assert_eq!(included("e2e"), [false, false, true]);
        assert_eq!(included("--skip schema"), [true, false, true]);
        assert!(Cli::try_parse_from(["test", "java"]).is_err());
        assert!(Cli::try_parse_from(["test", "--skip", "rust"]).is_err());
    }
}
