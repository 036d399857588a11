//! The instance that the benchmarks use: a data folder or database filled by `countersign demo`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::process::{BOTH_CORES, SERVER_CORE, ServerProcess, pinned};
use crate::cmd::{Result, target_dir};

/// A filled instance, its license keys and a seller's credentials.
pub struct Fixture {
    folder: PathBuf,
    url: Option<String>,
    /// License keys, each with a domain on which it is active.
    pub keys: Vec<(String, String)>,
    pub email: String,
    pub password: String,
    pub creation_time: Duration,
}

impl Fixture {
    /// Creates an instance with `licenses` licenses. Without `url` it is stored in SQLite.
    pub fn create(server: &Path, licenses: usize, url: Option<String>) -> Result<Self> {
        let folder = target_dir().join("bench").join(format!("data-{licenses}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let file = folder.join("keys.txt");
        let (started, count) = (Instant::now(), licenses.to_string());
        let mut fixture = Self {
            folder,
            url,
            keys: Vec::new(),
            email: String::new(),
            password: String::new(),
            creation_time: Duration::ZERO,
        };
        let created =
            fixture.command(server, &["demo", "--licenses", &count, "--keys", &file.to_string_lossy()])?;
        fixture.creation_time = started.elapsed();
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        fixture.keys = text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(key, domain)| (key.to_owned(), domain.to_owned()))
            .collect();
        let field = |name: &str| created[name].as_str().unwrap_or_default().to_owned();
        (fixture.email, fixture.password) = (field("email"), field("password"));
        Ok(fixture)
    }

    fn set_environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("COUNTERSIGN_DATA_DIR", &self.folder).env("COUNTERSIGN_LOG", "error");
        // The limits are high, not off: the limiter's cost belongs to the measured request.
        for endpoint in ["ACTIVATE", "VERIFY", "DEACTIVATE", "STATUS"] {
            command.env(format!("COUNTERSIGN_RATE_LIMIT_{endpoint}"), "4000000000");
        }
        // The receivers of webhooks are on this machine, without TLS.
        command.env("COUNTERSIGN_WEBHOOK_ALLOW", "127.0.0.1").env("COUNTERSIGN_WEBHOOK_ALLOW_HTTP", "on");
        if let Some(url) = &self.url {
            command.env("COUNTERSIGN_DATABASE_URL", url);
        }
        command
    }

    /// Runs a command of the binary on both cores and returns its JSON output.
    pub fn command(&self, server: &Path, args: &[&str]) -> Result<serde_json::Value> {
        let mut command = pinned(BOTH_CORES, server);
        let output = self
            .set_environment(command.arg("--json").args(args))
            .output()
            .map_err(|e| format!("`countersign` can't be run: {e}."))?;
        serde_json::from_slice(&output.stdout).map_err(|_| {
            format!("`countersign` {args:?} failed: {}", String::from_utf8_lossy(&output.stderr))
        })
    }

    /// Starts the server on this instance, on a core of its own.
    pub fn serve(&self, server: &Path, rate_limits: bool) -> Result<ServerProcess> {
        self.serve_on(SERVER_CORE, server, rate_limits)
    }

    /// Starts the server on this instance, on these cores.
    pub fn serve_on(&self, cores: &str, server: &Path, rate_limits: bool) -> Result<ServerProcess> {
        let mut command = pinned(cores, server);
        self.set_environment(command.args(["--json", "serve", "--listen", "127.0.0.1:0"]));
        if !rate_limits {
            command.env("COUNTERSIGN_RATE_LIMITS", "off");
        }
        ServerProcess::start(&mut command, |line| {
            let message: serde_json::Value = serde_json::from_str(line).ok()?;
            message["address"].as_str()?.strip_prefix("http://")?.parse().ok()
        })
    }
}
