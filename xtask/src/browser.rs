//! Chromium for the browser tests: from the PATH, else from Playwright, else from the system's package
//! manager.

use std::path::PathBuf;

use crate::cmd::{Result, is_root, program, run, succeeds, which};

/// Returns the path of Chromium, or `None` if Playwright installed its own.
pub fn find() -> Result<Option<PathBuf>> {
    if let Some(found) = find_on_path() {
        return Ok(Some(found));
    }
    println!("\nChromium is not on the PATH: installing Playwright's.");
    let install = ["--prefix", "end2end", "exec", "--", "playwright", "install", "--with-deps", "chromium"];
    let without_deps = ["--prefix", "end2end", "exec", "--", "playwright", "install", "chromium"];
    if (is_root() && succeeds(program("npm").args(install))) || succeeds(program("npm").args(without_deps)) {
        return Ok(None);
    }
    if is_root() && which("apt-get").is_some() {
        println!("Playwright's Chromium can't be installed: installing the system's package.");
        run(program("apt-get").args(["update", "-q"]))?;
        run(program("apt-get").args(["install", "-y", "-q", "chromium"]))?;
    }
    find_on_path().map(Some).ok_or_else(|| {
        "The browser tests need Chromium on the PATH: install it, such as by `apt-get install chromium`."
            .into()
    })
}

fn find_on_path() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(which)
}
