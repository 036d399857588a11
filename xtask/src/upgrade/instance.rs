//! An instance whose commands and nodes may be of any version.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::bench::process::ServerProcess;
use crate::cmd::{Result, program, target_dir};

/// A PostgreSQL database and the folder of its master key.
pub struct Instance {
    folder: PathBuf,
    url: String,
}

impl Instance {
    /// Names an instance on an empty database. The first command creates its schema and its master key.
    pub fn create(url: String) -> Result<Self> {
        let folder = target_dir().join("upgrade").join("data");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|e| format!("{} can't be created: {e}.", folder.display()))?;
        Ok(Self { folder, url })
    }

    fn command(&self, binary: &Path) -> Command {
        let mut command = program(binary);
        command
            .arg("--json")
            .env("COUNTERSIGN_DATA_DIR", &self.folder)
            .env("COUNTERSIGN_DATABASE_URL", &self.url)
            .env("COUNTERSIGN_RATE_LIMITS", "off")
            .env("COUNTERSIGN_LOG", "warn");
        command
    }

    /// Runs a command with standard input, and returns its JSON output.
    pub fn run(&self, binary: &Path, args: &[&str], input: &str) -> Result<Value> {
        let failed = |e: std::io::Error| format!("`countersign {}` can't be run: {e}.", args.join(" "));
        let mut child = self
            .command(binary)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that reads nothing may have ended.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(failed)?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(format!("`countersign {}` failed: {text}", args.join(" ")));
        }
        serde_json::from_str(&text)
            .map_err(|_| format!("`countersign {}` printed no JSON: {text}", args.join(" ")))
    }

    /// Starts a node on a free port.
    pub fn start(&self, binary: &Path) -> Result<ServerProcess> {
        let mut command = self.command(binary);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        ServerProcess::start(&mut command, |line| {
            let message: Value = serde_json::from_str(line).ok()?;
            message["address"].as_str()?.strip_prefix("http://")?.parse().ok()
        })
    }
}
