//! Packages of npm, installed by their lock files.

use std::path::{Path, PathBuf};

use crate::cmd::{Result, program, run, workspace_root};

/// Installs the packages of a folder of the workspace if its lock file has changed. Returns the path of one
/// of their programs.
///
/// # Errors
/// Returns a message if npm fails.
pub fn installed_program(folder: &str, name: &str) -> Result<PathBuf> {
    let root = workspace_root().join(folder);
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let stamp = root.join("node_modules/.package-lock.json");
    if modified(&root.join("package-lock.json")) > modified(&stamp) {
        // `browser::find` installs the browser.
        let mut install = program("npm");
        install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        run(install.args(["--prefix", folder, "ci", "--no-audit", "--no-fund"]))?;
    }
    Ok(root.join("node_modules/.bin").join(name))
}
