//! A Chromium for the browser tests: the one on the PATH, else Playwright's own,
//! else the system's package.

use std::path::PathBuf;

use crate::cmd::{Result, is_root, program, run, succeeds, which};

/// The browser's file, or nothing where Playwright has its own.
pub fn find() -> Result<Option<PathBuf>> {
    if let Some(found) = find_on_path() {
        return Ok(Some(found));
    }
    println!("\nNo Chromium is on the PATH; trying Playwright's own.");
    let install = ["--prefix", "end2end", "exec", "--", "playwright", "install", "--with-deps", "chromium"];
    let without_deps = ["--prefix", "end2end", "exec", "--", "playwright", "install", "chromium"];
    if (is_root() && succeeds(program("npm").args(install))) || succeeds(program("npm").args(without_deps)) {
        return Ok(None);
    }
    if is_root() && which("apt-get").is_some() {
        println!("Playwright's can't be had; trying the system's package.");
        run(program("apt-get").args(["update", "-q"]))?;
        run(program("apt-get").args(["install", "-y", "-q", "chromium"]))?;
    }
    find_on_path().map(Some).ok_or_else(|| {
        "The browser tests need Chromium: install it (such as `apt-get install chromium`) so that it is on the PATH.".into()
    })
}

fn find_on_path() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(which)
}
