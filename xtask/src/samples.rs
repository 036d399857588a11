//! Tests of the code samples: each machine sample of the Integrate page runs against each kind of token. The
//! Rust sample is compiled in a folder of its own in Cargo's target folder.

use std::path::PathBuf;

use crate::cmd::{Result, is_root, program, run, succeeds, target_dir, which};
use crate::{playwright, python};

const PART: &str = "samples";
/// The packages of the Python sample.
const REQUIREMENTS: &str = "end2end/samples/requirements.txt";
/// Debian's packages with the programs that the samples use.
const PACKAGES: [&str; 5] = ["curl", "jq", "openssl", "php-cli", "php-curl"];

/// Runs the tests. `args` are passed to Playwright.
pub fn test(args: &[&str]) -> Result {
    ensure_programs()?;
    let python = python::ensure_virtual_env(PART, REQUIREMENTS)?;
    let mut tests = playwright::test_command()?;
    tests.args(["--config", "samples/playwright.config.ts"]).args(args);
    tests.env("COUNTERSIGN_TEST_PYTHON", python);
    tests.env("COUNTERSIGN_TEST_SAMPLES", target_dir().join(PART));
    run(&mut tests)
}

/// Returns the Python that can run the samples, if these tests have installed it.
pub fn installed_python() -> Option<PathBuf> {
    python::find_virtual_env(PART)
}

fn ensure_programs() -> Result {
    if missing_programs().is_empty() {
        return Ok(());
    }
    if is_root() && which("apt-get").is_some() {
        println!("\nThe code samples need {}: installing the packages.", missing_programs().join(", "));
        run(program("apt-get").args(["update", "-q"]))?;
        run(program("apt-get").args(["install", "-y", "-q"]).args(PACKAGES))?;
    }
    let missing = missing_programs();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "The tests of the code samples need {}. Install it, such as by `apt-get install {}`, or skip these \
         tests with `cargo xtask test --skip samples`.",
        missing.join(", "),
        PACKAGES.join(" ")
    ))
}

fn missing_programs() -> Vec<&'static str> {
    const IS_USABLE_PHP: &str =
        "exit(PHP_VERSION_ID >= 80100 && extension_loaded('curl') && extension_loaded('openssl') ? 0 : 1);";
    let mut missing: Vec<_> =
        ["curl", "jq", "openssl"].into_iter().filter(|name| which(name).is_none()).collect();
    if !succeeds(program("php").args(["-r", IS_USABLE_PHP])) {
        missing.push("PHP 8.1 with its curl extension");
    }
    missing
}
