//! Scripts of the pages: Turbo and the hydration of islands, bundled by esbuild.

use std::fs;
use std::path::Path;

use crate::cmd::{Result, program, run, which, workspace_root};
use crate::npm;

/// Set to build without Node.js, also in a release.
const WITHOUT_NODE: &str = "COUNTERSIGN_BUILD_WITHOUT_NODE";

/// Writes the scripts into `pkg`. Without Node.js, pages load Turbo not at all, and work by full loads.
///
/// # Errors
/// Returns a message if a package can't be installed, or in a release if Node.js is missing.
pub fn bundle(pkg: &Path, release: bool) -> Result {
    // The documentation pages need no other script.
    copy("docs.js", &pkg.join("docs.js"))?;
    if which("npm").is_some() && std::env::var_os(WITHOUT_NODE).is_none() {
        return bundle_with_turbo(pkg);
    }
    if release && std::env::var_os(WITHOUT_NODE).is_none() {
        return Err(format!(
            "A release needs Node.js with npm (20 or newer) to bundle the scripts. Install it, or set {WITHOUT_NODE}=1: \
             then each link and form loads a whole page."
        ));
    }
    println!("\nBuilt without Node.js: each link and form loads a whole page.");
    for name in ["islands.js", "live.js", "live_stream.js"] {
        copy(name, &pkg.join(name))?;
    }
    copy("full_loads.js", &pkg.join("pages.js"))
}

/// Copies a script of the frontend.
fn copy(name: &str, to: &Path) -> Result {
    let from = workspace_root().join("frontend/js").join(name);
    fs::copy(from, to).map(drop).map_err(|e| format!("{name} can't be copied: {e}."))
}

fn bundle_with_turbo(pkg: &Path) -> Result {
    let mut esbuild = program(npm::installed_program("frontend", "esbuild")?);
    esbuild.args(["frontend/js/turbo.js", "--bundle", "--minify", "--format=esm", "--log-level=warning"]);
    // The module of the WebAssembly is loaded only by pages with an island.
    esbuild.arg("--external:./countersign.js").arg(format!("--outfile={}", pkg.join("pages.js").display()));
    run(&mut esbuild)
}
