//! The data that is asked about.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::process::{BOTH, Running, SERVER, pinned};
use crate::cmd::{Result, target_dir};

/// The data, and what is needed to ask about it.
pub struct Data {
    folder: PathBuf,
    url: Option<String>,
    pub keys: Vec<(String, String)>,
    pub email: String,
    pub password: String,
    pub made_in: Duration,
}

impl Data {
    /// Fills an empty instance with the demo.
    pub fn make(server: &Path, licenses: usize, url: Option<String>) -> Result<Self> {
        let folder = target_dir().join("bench").join(format!("data-{licenses}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let file = folder.join("keys.txt");
        let (began, count) = (Instant::now(), licenses.to_string());
        let mut data = Self {
            folder,
            url,
            keys: Vec::new(),
            email: String::new(),
            password: String::new(),
            made_in: Duration::ZERO,
        };
        let made =
            data.command(server, &["demo", "--licenses", &count, "--keys", &file.to_string_lossy()])?;
        data.made_in = began.elapsed();
        let text = std::fs::read_to_string(&file).map_err(|e| e.to_string())?;
        data.keys = text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(key, domain)| (key.to_owned(), domain.to_owned()))
            .collect();
        let word = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        (data.email, data.password) = (word("email"), word("password"));
        Ok(data)
    }

    fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("COUNTERSIGN_DATA_DIR", &self.folder).env("COUNTERSIGN_LOG", "error");
        // On, and never hit.
        for endpoint in ["ACTIVATE", "VERIFY", "DEACTIVATE", "STATUS"] {
            command.env(format!("COUNTERSIGN_RATE_LIMIT_{endpoint}"), "4000000000");
        }
        if let Some(url) = &self.url {
            command.env("COUNTERSIGN_DATABASE_URL", url);
        }
        command
    }

    /// Runs a command of the binary, beside which nothing else runs; its JSON document.
    pub fn command(&self, server: &Path, args: &[&str]) -> Result<serde_json::Value> {
        let mut command = pinned(BOTH, server);
        let output =
            self.environment(command.arg("--json").args(args)).output().map_err(|e| e.to_string())?;
        serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("{args:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Serves the data, with rate limits on or off.
    pub fn serve(&self, server: &Path, limits: bool) -> Result<Running> {
        let mut command = pinned(SERVER, server);
        self.environment(command.args(["--json", "serve", "--listen", "127.0.0.1:0"]));
        if !limits {
            command.env("COUNTERSIGN_RATE_LIMITS", "off");
        }
        Running::start(&mut command, |line| {
            let said: serde_json::Value = serde_json::from_str(line).ok()?;
            said["address"].as_str()?.strip_prefix("http://")?.parse().ok()
        })
    }
}
