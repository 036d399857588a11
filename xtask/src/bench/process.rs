//! Server processes, each pinned to one core.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::parallel::run_beside;
use crate::cmd::{Result, program, which};

/// Core of the measured server, as a CPU list of `taskset`.
pub const SERVER_CORE: &str = "0";
/// Core of the load generator.
pub const LOAD_CORE: &str = "1";
/// Cores of commands that run alone.
pub const BOTH_CORES: &str = "0,1";

/// Interval of the samples of a server's memory.
const MEMORY_INTERVAL: Duration = Duration::from_millis(20);

/// Returns a command for `binary`, pinned to `cores` if `taskset` is installed.
pub fn pinned(cores: &str, binary: &Path) -> Command {
    match which("taskset") {
        Some(taskset) => {
            let mut command = program(taskset);
            command.arg("-c").arg(cores).arg(binary);
            command
        }
        None => program(binary),
    }
}

/// A server process that printed its address on its first line. It is stopped when dropped.
pub struct ServerProcess {
    child: Child,
    pub address: SocketAddr,
}

impl ServerProcess {
    /// Starts a server. `address` parses the first line of its output.
    pub fn start(command: &mut Command, address: impl Fn(&str) -> Option<SocketAddr>) -> Result<Self> {
        let mut child =
            command.stdout(Stdio::piped()).spawn().map_err(|e| format!("A server can't be started: {e}."))?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("A server has no standard output.")?;
        BufReader::new(out)
            .read_line(&mut line)
            .map_err(|e| format!("A server's output can't be read: {e}."))?;
        let address = address(line.trim())
            .ok_or_else(|| format!("A server printed no address on its first line: {line}"))?;
        Ok(Self { child, address })
    }

    /// Returns the anonymous resident memory in MiB, or 0 where /proc is missing.
    pub fn anonymous_memory_mib(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("RssAnon:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    }

    /// Runs `work`. Returns its result, and by how many MiB the anonymous memory exceeded that of the start.
    pub fn with_memory_growth<T>(&self, work: impl FnOnce() -> T) -> Result<(T, f64)> {
        let before = self.anonymous_memory_mib();
        let (result, most) = run_beside(work, |is_done| {
            let mut most = before;
            while !is_done.load(Ordering::Relaxed) {
                thread::sleep(MEMORY_INTERVAL);
                most = most.max(self.anonymous_memory_mib());
            }
            most
        })?;
        Ok((result, most - before))
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Sends one request on a new connection. Returns head and body of the response.
pub fn send_request(address: SocketAddr, request: &str) -> Result<(String, String)> {
    let failed = |e: std::io::Error| format!("A request failed: {e}.");
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(failed)?;
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).map_err(failed)?;
    let text = String::from_utf8_lossy(&response);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    Ok((head.to_owned(), body.to_owned()))
}
