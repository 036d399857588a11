//! The static checks.

use crate::cmd::{Result, cargo, output, program, run};
use crate::deny;
use crate::frontend;
use crate::import_cycles;
use crate::islands;
use crate::layering;
use crate::wording;

/// Checks format, layering, unescaped tags, dependencies, and lints for native targets and WebAssembly.
pub fn check() -> Result {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    layering::check()?;
    import_cycles::check()?;
    wording::check()?;
    islands::check()?;
    check_unescaped_tags()?;
    deny::check()?;
    let deny = ["--", "--deny", "warnings"];
    run(cargo().args(["clippy", "--workspace", "--exclude", "frontend", "--all-targets"]).args(deny))?;
    frontend::ensure_wasm_target()?;
    let wasm = ["clippy", "--package", "frontend", "--target", "wasm32-unknown-unknown"];
    run(cargo().args(wasm).args(deny))
}

/// Checks that `<textarea>` and `<Title>` are used only by the components that escape their content, because
/// Leptos does not escape it when it renders on the server.
fn check_unescaped_tags() -> Result {
    for (tag, owner) in
        [("<textarea", "app/src/component/field.rs"), ("<Title text", "app/src/component/title.rs")]
    {
        let found = output(program("git").args(["grep", "-l", tag, "--", "app/src"])).unwrap_or_default();
        if let Some(file) = found.lines().find(|file| *file != owner) {
            return Err(format!(
                "{file} contains `{tag}`, which Leptos does not escape. Use the component in {owner}, which does."
            ));
        }
    }
    Ok(())
}
