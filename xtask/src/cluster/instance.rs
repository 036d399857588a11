//! The instance that the nodes share: its master key, a seller, a product and licenses.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::database;
use super::host::STATE_DIR;
use crate::cmd::{Result, program};

/// Slug of the product.
const PRODUCT: &str = "plugin";

fn folder() -> PathBuf {
    PathBuf::from(STATE_DIR).join("instance")
}

/// Creates the instance if it does not exist.
pub fn create(binary: &Path) -> Result {
    let folder = folder();
    let done = folder.join("created");
    if done.exists() {
        return Ok(());
    }
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}.", folder.display()))?;
    println!("Creating the instance.");
    let user = ["user", "add", "--email", "ada@example.com", "--name", "Ada", "--account", "Ada"];
    run(binary, &[&user[..], &["--password-stdin"]].concat(), "a good password\n")?;
    run(binary, &["product", "create", "--account", "ada", "--name", "Plugin", "--slug", PRODUCT], "")?;
    fs::write(&done, "").map_err(|e| format!("{}: {e}.", done.display()))
}

/// Issues licenses with `domains` slots each, or without a limit. Returns their keys.
pub fn issue(binary: &Path, count: usize, domains: Option<usize>) -> Result<Vec<String>> {
    let limit = domains.map_or_else(|| "unlimited".to_owned(), |domains| domains.to_string());
    // From two licenses on, the output is a list.
    let count = count.max(2).to_string();
    let args = ["license", "issue", "--product", PRODUCT, "--domain-limit", &limit, "--count", &count];
    let issued = run(binary, &args, "")?;
    let licenses = issued["licenses"].as_array().ok_or("`license issue` printed no licenses.")?;
    Ok(licenses.iter().filter_map(|license| license["key"].as_str().map(ToOwned::to_owned)).collect())
}

/// Returns whether all counters of the database agree with a full count.
pub fn counters_agree(binary: &Path) -> Result<bool> {
    Ok(run(binary, &["check"], "")?["agree"] == true)
}

/// Returns the master key, which the first command created.
pub fn master_key() -> Result<String> {
    let file = folder().join("master.key");
    let key = fs::read_to_string(&file).map_err(|e| format!("{}: {e}.", file.display()))?;
    Ok(key.trim().to_owned())
}

/// Runs a command of the binary, and returns its JSON output.
fn run(binary: &Path, args: &[&str], input: &str) -> Result<Value> {
    let mut command: Command = program(binary);
    command.arg("--json").args(args);
    command.env("COUNTERSIGN_DATA_DIR", folder()).env("COUNTERSIGN_DATABASE_URL", database::url());
    command.env("COUNTERSIGN_LOG", "error");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("{}: {e}.", binary.display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that reads nothing may have ended.
        let _ = stdin.write_all(input.as_bytes());
    }
    let done = child.wait_with_output().map_err(|e| format!("`countersign` {args:?} failed: {e}."))?;
    let text = String::from_utf8_lossy(&done.stdout);
    if !done.status.success() {
        let error = String::from_utf8_lossy(&done.stderr);
        return Err(format!("`countersign` {args:?} failed: {text}{error}"));
    }
    serde_json::from_str(&text).map_err(|e| format!("`countersign` {args:?} printed no JSON ({e}): {text}"))
}
