//! Playwright, which runs the browser tests and the tests of the code samples.

use std::path::Path;
use std::process::Command;

use crate::cmd::{Result, program, run, which, workspace_root};

/// Returns the command `playwright test`, which runs in `end2end`. Installs the npm packages if their lock
/// file has changed.
///
/// # Errors
/// Returns a message if npm is missing or fails.
pub fn test_command() -> Result<Command> {
    if which("npm").is_none() {
        return Err(
            "The browser tests and the tests of the code samples need Node.js with npm (20 or newer), and npm \
             is not on the PATH."
                .into(),
        );
    }
    let end2end = workspace_root().join("end2end");
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let stamp = end2end.join("node_modules/.package-lock.json");
    if modified(&end2end.join("package-lock.json")) > modified(&stamp) {
        // `browser::find` installs the browser.
        let mut install = program("npm");
        install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        run(install.args(["--prefix", "end2end", "ci", "--no-audit", "--no-fund"]))?;
    }
    let mut command = program(end2end.join("node_modules/.bin/playwright"));
    command.current_dir(end2end).arg("test");
    Ok(command)
}
