//! Helpers to run other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Result of a step. The error is a complete sentence for the terminal.
pub type Result<T = (), E = String> = std::result::Result<T, E>;

/// Returns the workspace's folder.
pub fn workspace_root() -> PathBuf {
    // From the environment at run time: if several checkouts share a target folder, this binary may be
    // compiled in another checkout.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let here = PathBuf::from(here);
    here.parent().map_or_else(|| here.clone(), Path::to_owned)
}

/// Returns Cargo's target folder.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace_root().join("target"), |dir| workspace_root().join(dir))
}

/// Returns a command that runs in the workspace's folder.
pub fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(workspace_root());
    command
}

/// Returns a command of the cargo that runs xtask.
///
/// Without the variables that `cargo run` set for xtask: build scripts such as ring's read them, and
/// would run again, with all that depends on them, whenever cargo is used with and without xtask in turn.
pub fn cargo() -> Command {
    cargo_tool(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Returns a command of a program that itself runs cargo, without the variables of xtask.
pub fn cargo_tool(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = program(name);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_a_package) {
            command.env_remove(name);
        }
    }
    command
}

/// Returns whether cargo sets this variable for the package that it runs.
fn is_of_a_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Prints and runs a command.
///
/// # Errors
/// Returns a message with the command if it fails.
pub fn run(command: &mut Command) -> Result {
    let line = command_line(command);
    println!("\n$ {line}");
    let status = command.status().map_err(|e| format!("`{line}` can't be run: {e}."))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status}).")) }
}

/// Runs a command without output and returns whether it succeeded.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Returns the trimmed standard output of a command if it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns the path of a program on the PATH.
pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// Returns whether this process runs as root.
pub fn is_root() -> bool {
    output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

fn command_line(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
