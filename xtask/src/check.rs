//! The static checks.

use crate::arrows;
use crate::run::{Done, cargo, run};

/// Format, lints for native and for wasm, arrows.
pub fn check() -> Done {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    arrows::check()?;
    let deny = ["--", "--deny", "warnings"];
    run(cargo().args(["clippy", "--workspace", "--exclude", "frontend", "--all-targets"]).args(deny))?;
    // In the wasm build's own profile, so that neither rebuilds the other.
    let wasm =
        ["clippy", "--package", "frontend", "--target", "wasm32-unknown-unknown", "--profile", "wasm-dev"];
    run(cargo().args(wasm).args(deny))
}
