//! The static checks.

use crate::cmd::{Result, cargo, output, program, run};
use crate::frontend;
use crate::layering;

/// Format, lints for native and for wasm, arrows.
pub fn check() -> Result {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    layering::check()?;
    check_unescaped_tags()?;
    let deny = ["--", "--deny", "warnings"];
    run(cargo().args(["clippy", "--workspace", "--exclude", "frontend", "--all-targets"]).args(deny))?;
    frontend::ensure_wasm_target()?;
    // In the wasm build's own profile, so that neither rebuilds the other.
    let wasm =
        ["clippy", "--package", "frontend", "--target", "wasm32-unknown-unknown", "--profile", "wasm-dev"];
    run(cargo().args(wasm).args(deny))
}

/// Leptos escapes neither a `<textarea>` nor a `<Title>` on the server: each is
/// written in the one component that does.
fn check_unescaped_tags() -> Result {
    for (tag, owner) in
        [("<textarea", "app/src/component/field.rs"), ("<Title text", "app/src/component/title.rs")]
    {
        let found = output(program("git").args(["grep", "-l", tag, "--", "app/src"])).unwrap_or_default();
        if let Some(file) = found.lines().find(|file| *file != owner) {
            return Err(format!(
                "{file} writes {tag} itself; use the component in {owner}, which escapes it."
            ));
        }
    }
    Ok(())
}
