//! Playwright, which runs the browser tests and the tests of the code samples.

use std::process::Command;

use crate::cmd::{Result, program, which, workspace_root};
use crate::npm;

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
    let mut command = program(npm::installed_program("end2end", "playwright")?);
    command.current_dir(workspace_root().join("end2end")).arg("test");
    Ok(command)
}
