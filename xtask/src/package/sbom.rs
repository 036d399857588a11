//! The bill of materials: what is compiled into the binary, as a document of `CycloneDX`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::place::{self, VERSION};
use super::tool::CARGO_CYCLONEDX;
use crate::cmd::{Result, cargo, cargo_tool, output, program, run, workspace_root};

/// What cargo-cyclonedx writes for the binary.
const WRITTEN: &str = "server/countersign_bin.cdx.json";

/// Writes the document.
///
/// # Errors
/// Returns a message if cargo-cyclonedx can't be compiled or fails.
pub fn write() -> Result<PathBuf> {
    let mut tool = cargo_tool(CARGO_CYCLONEDX.path()?);
    tool.args([
        "cyclonedx",
        "--manifest-path",
        "server/Cargo.toml",
        "--format",
        "json",
        "--spec-version",
        "1.5",
    ]);
    run(tool.args(["--describe", "binaries", "--no-build-deps", "--quiet"]))?;
    let text = std::fs::read_to_string(workspace_root().join(WRITTEN));
    remove_written()?;
    let text = text.map_err(|e| format!("{WRITTEN} can't be read: {e}."))?;
    // The folder of this checkout says nothing to others.
    let text = text.replace(&format!("file://{}", workspace_root().display()), "file:///countersign");
    let mut document: Value =
        serde_json::from_str(&text).map_err(|e| format!("{WRITTEN} is no JSON: {e}."))?;
    retain(&mut document, &compiled()?);
    let file = place::folder().join(format!("countersign_{VERSION}.cdx.json"));
    place::write(&file, &format!("{document:#}\n"))?;
    Ok(file)
}

/// Removes the documents that cargo-cyclonedx writes into the folders of the workspace's members.
fn remove_written() -> Result {
    let list = ["ls-files", "--others", "--", "*_bin.cdx.json", "*_cdylib.cdx.json"];
    for file in output(program("git").args(list)).unwrap_or_default().lines() {
        std::fs::remove_file(workspace_root().join(file))
            .map_err(|e| format!("{file} can't be removed: {e}."))?;
    }
    Ok(())
}

/// Returns names and versions of the packages that are compiled into the binary.
fn compiled() -> Result<BTreeSet<(String, String)>> {
    let args = ["tree", "--package", "server", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let tree = output(cargo().args(args)).ok_or("`cargo tree --package server` failed.")?;
    Ok(tree.lines().filter_map(package).collect())
}

/// Parses `name v1.2.3 (proc-macro)`.
fn package(line: &str) -> Option<(String, String)> {
    let mut words = line.split(' ');
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    Some((name.to_owned(), version.to_owned()))
}

/// Keeps the components that are compiled. cargo-cyclonedx also names optional dependencies that no feature switches
/// on, by which scanners would report faults of code that is not there.
fn retain(document: &mut Value, compiled: &BTreeSet<(String, String)>) {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut removed = BTreeSet::new();
    if let Some(components) = document.get_mut("components").and_then(Value::as_array_mut) {
        components.retain(|component| {
            let is_compiled = compiled.contains(&(text(component, "name"), text(component, "version")));
            if !is_compiled {
                removed.insert(text(component, "bom-ref"));
            }
            is_compiled
        });
    }
    let Some(dependencies) = document.get_mut("dependencies").and_then(Value::as_array_mut) else { return };
    dependencies.retain(|dependency| !removed.contains(&text(dependency, "ref")));
    for dependency in dependencies {
        if let Some(list) = dependency.get_mut("dependsOn").and_then(Value::as_array_mut) {
            list.retain(|reference| reference.as_str().is_none_or(|reference| !removed.contains(reference)));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn components_that_are_not_compiled_are_left_out() {
        let mut document = json!({
            "components": [
                { "bom-ref": "a", "name": "axum", "version": "0.8.9" },
                { "bom-ref": "b", "name": "sqlx-mysql", "version": "0.9.0" },
            ],
            "dependencies": [{ "ref": "server", "dependsOn": ["a", "b"] }, { "ref": "b" }, { "ref": "a" }],
        });
        retain(&mut document, &["axum v0.8.9", "ring v0.17.0 (*)"].into_iter().filter_map(package).collect());
        let expected = json!({
            "components": [{ "bom-ref": "a", "name": "axum", "version": "0.8.9" }],
            "dependencies": [{ "ref": "server", "dependsOn": ["a"] }, { "ref": "a" }],
        });
        assert_eq!(document, expected);
    }
}
