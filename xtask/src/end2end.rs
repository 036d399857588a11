//! The browser tests of a server.

use std::path::Path;
use std::process::Command;

use crate::cmd::Result;
use crate::{browser, playwright, samples};

/// Returns the command `playwright test` for this server, with a browser.
///
/// # Errors
/// Returns a message if Node.js or a browser is missing.
pub fn command(server: &Path) -> Result<Command> {
    let mut tests = playwright::test_command()?;
    tests.env("COUNTERSIGN_TEST_BINARY", server);
    if let Some(python) = samples::installed_python() {
        tests.env("COUNTERSIGN_TEST_PYTHON", python);
    }
    if let Some(browser) = browser::find()? {
        tests.env("COUNTERSIGN_TEST_BROWSER", browser);
    }
    Ok(tests)
}
