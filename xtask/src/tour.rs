//! `cargo xtask tour`: screenshots of every page, for people to look at.

use crate::cmd::{Result, run, workspace_root};
use crate::{end2end, serve};

/// Builds the server and takes the screenshots in `target/tour`. `args` are passed to Playwright.
pub fn tour(args: &[String]) -> Result {
    let server = serve::build_server(false)?;
    let folder = workspace_root().join("target/tour");
    let mut tour = end2end::command(&server)?;
    tour.args(["--config", "tour/playwright.config.ts"]).args(args).env("COUNTERSIGN_TEST_TOUR", &folder);
    let result = run(&mut tour);
    println!("\nThe screenshots are in {}.", folder.join("index.html").display());
    result
}
