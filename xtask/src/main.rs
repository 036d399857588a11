//! `cargo xtask …`: builds what cargo alone can't (wasm, style, one binary with
//! both inside), runs it, and tests it.

mod bench;
mod browser;
mod check;
mod cmd;
mod frontend;
mod layering;
mod postgres;
mod schemathesis;
mod serve;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask serve [--demo] [--release] [options of `countersign serve`]
                     build everything and run it on SQLite in ./data
cargo xtask test [rust|e2e|schema] [--skip schema]
                     all tests, one part of them, or all but one
cargo xtask build    one release binary with the dashboard inside
cargo xtask bench [--licenses 1000,1000000] [--seconds 2] [--postgres]
                     the server beside a bare handler; table in target/bench
cargo xtask check    format, lints for native and wasm, the arrows between crates
cargo xtask site [--release]
                     the dashboard's files alone, in target/site
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let result = match command.as_str() {
        "serve" => serve::serve(&rest),
        "test" => test::test(&rest),
        "build" => serve::build(),
        "bench" => bench::bench(&rest),
        "check" => check::check(),
        "site" => frontend::build(rest.iter().any(|a| a == "--release")),
        "" | "help" | "--help" | "-h" => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("There is no `cargo xtask {other}`.\n\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}
