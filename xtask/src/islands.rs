//! Check that only islands use the browser's side of Leptos: elsewhere it compiles and does nothing, because
//! pages are rendered on the server alone.

use std::fs;

use crate::cmd::{Result, output, program, workspace_root};

/// Words that do nothing outside of islands.
const BROWSER_ONLY: [&str; 6] = [" on:", "Effect::new", "signal(", "NodeRef", "ServerAction", "ActionForm"];

/// Checks the pages and components.
///
/// # Errors
/// Returns a message that names each line.
pub fn check() -> Result {
    let files = output(program("git").args(["ls-files", "--", "app/src/*.rs"])).unwrap_or_default();
    let mut found = Vec::new();
    for file in files.lines() {
        let text = fs::read_to_string(workspace_root().join(file)).map_err(|e| format!("{file}: {e}"))?;
        found.extend(lines_outside_of_islands(&text).into_iter().map(|line| format!("  {file}:{line}")));
    }
    if found.is_empty() {
        println!("Islands: no component outside of them waits for the browser.");
        return Ok(());
    }
    Err(format!("These lines do nothing outside of an #[island]:\n{}", found.join("\n")))
}

/// Returns the numbers of the lines with such a word that are in no function under `#[island]`.
fn lines_outside_of_islands(text: &str) -> Vec<usize> {
    let mut in_island = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("#[island]") {
            in_island = true;
        } else if line == "}" {
            in_island = false;
        } else if !in_island
            && !line.trim_start().starts_with("//")
            && BROWSER_ONLY.iter().any(|word| line.contains(word))
        {
            found.push(number);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browser_only_words_are_found_outside_of_islands() {
        let text = "#[island]\nfn Copy() {\n    Effect::new(1);\n}\n\nfn Page() {\n    // Effect::new\n    view! { <a on:click=f/> }\n}\n";
        assert_eq!(lines_outside_of_islands(text), [8]);
    }
}
