//! Budgets of the dashboard's pages, measured by Lighthouse: scores, bytes and blocking time of a first load.

use std::path::Path;

use crate::cmd::{Result, run};
use crate::{end2end, frontend};

/// Measures the pages of a debug server that serves the dashboard's files of a release, because those of a
/// debug build are several times as large. `args` are passed to Playwright.
///
/// Puts the files of the debug build back, so that the other tests may run before and after.
///
/// # Errors
/// Returns a message if a page misses a budget, or the files can't be built.
pub fn test(server: &Path, args: &[&str]) -> Result {
    let mut budgets = end2end::command(server)?;
    budgets.args(["--config", "lighthouse/playwright.config.ts"]).args(args);
    println!("\nThe dashboard's files of a release, for the budgets of pages.");
    frontend::build(true)?;
    let result = run(&mut budgets);
    println!("\nThe dashboard's files of a debug build again.");
    result.and(frontend::build(false))
}
