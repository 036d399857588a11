//! Tests that run the binary as a process.

mod backup;
mod cluster;
mod commands;
mod doctor;
mod full_disk;
mod key_rotation;
mod kill;
mod mail;
mod memory;
mod metrics;
mod slow;
mod start;
mod tls;
mod traces;
mod webhook;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use test_support::TestDatabase;

/// Returns a command that runs the binary on the test's database.
pub fn binary(db: &TestDatabase) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("COUNTERSIGN_DATA_DIR", db.folder.path());
    command.env("COUNTERSIGN_DATABASE_URL", &db.url);
    command.env("COUNTERSIGN_MASTER_KEY", &db.master);
    command.env("COUNTERSIGN_RATE_LIMITS", "off");
    command
}

/// Runs a command that must succeed, and returns its JSON document.
pub fn run(db: &TestDatabase, args: &[&str]) -> serde_json::Value {
    let (success, document) = try_run(db, args, "");
    assert!(success, "{args:?}: {document}");
    document
}

/// Runs a command with standard input. Returns whether it succeeded, and its JSON document.
pub fn try_run(db: &TestDatabase, args: &[&str], input: &str) -> (bool, serde_json::Value) {
    let mut child = binary(db)
        .args(args)
        .arg("--json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("its output");
    let document = serde_json::from_slice(&output.stdout).expect("one JSON document");
    (output.status.success(), document)
}

/// A running server process. It is killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub startup: serde_json::Value,
}

impl Server {
    pub fn start(db: &TestDatabase) -> Self {
        Self::start_with(db, &[])
    }

    /// Starts a server with further environment variables.
    pub fn start_with(db: &TestDatabase, variables: &[(&str, &str)]) -> Self {
        let mut command = binary(db);
        command.args(["serve", "--json", "--listen", "127.0.0.1:0"]).envs(variables.iter().copied());
        Self::spawn(command)
    }

    pub fn spawn(mut command: Command) -> Self {
        command.stderr(Stdio::null());
        Self::spawn_with_stderr(command)
    }

    /// Like [`Self::spawn`], but leaves the standard error of the command as it is.
    pub fn spawn_with_stderr(command: Command) -> Self {
        let (child, startup) = Self::started(command);
        let origin = startup["address"].as_str().and_then(|origin| origin.split_once("://"));
        let address = origin.and_then(|(_, address)| address.parse().ok()).expect("an address");
        Self { child, address, startup }
    }

    /// Like [`Self::spawn`], of a server whose public address is not the one that it listens on.
    pub fn spawn_at(mut command: Command, address: SocketAddr) -> Self {
        command.stderr(Stdio::null());
        let (child, startup) = Self::started(command);
        Self { child, address, startup }
    }

    /// Starts the process, and returns its first document.
    fn started(mut command: Command) -> (Child, serde_json::Value) {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = lines.next().expect("a startup line").expect("text");
        let startup = serde_json::from_str(&line).expect("one JSON document");
        std::thread::spawn(move || lines.for_each(drop));
        (child, startup)
    }

    /// Sends a request and returns status and body, or `None` if the connection broke.
    pub fn send(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        send(self.address, method, path, body)
    }

    pub fn activate(&self, key: &str, domain: &str) -> Option<(u16, String)> {
        let body = serde_json::json!({ "license_key": key, "domain": domain }).to_string();
        self.send("POST", "/activate", &body)
    }

    pub fn verify(&self, key: &str, domain: &str) -> Option<(u16, String)> {
        self.send("GET", &format!("/verify?license_key={key}&domain={domain}"), "")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process with SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("an exit status");
    }

    /// Stops the process with SIGTERM. Returns whether it exited successfully.
    pub fn stop(&mut self) -> bool {
        let sent = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill");
        assert!(sent.success());
        self.child.wait().expect("an exit status").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request on a new connection and returns status and body.
pub fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let (status, _, body) = send_and_read_headers(address, method, path, body)?;
    Some((status, body))
}

/// Like [`send`], but also returns the response head in lower case.
pub fn send_and_read_headers(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> Option<(u16, String, String)> {
    let (status, head, body) =
        send_with_headers(address, method, path, "Content-Type: application/json\r\n", body)?;
    Some((status, head.to_lowercase(), body))
}

/// Like [`send`] with the given request headers. Also returns the response head.
pub fn send_with_headers(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).ok()?;
    let response = String::from_utf8_lossy(&response).into_owned();
    let (head, body) = response.split_once("\r\n\r\n")?;
    let status = head.get(9..12)?.parse().ok()?;
    Some((status, head.to_owned(), body.to_owned()))
}

/// Creates an account, a product and a license with `domains` slots by commands. Returns the key.
pub fn issue(db: &TestDatabase, domains: u32) -> String {
    let (added, _) = try_run(
        db,
        &[
            "user",
            "add",
            "--email",
            "ada@example.com",
            "--name",
            "Ada",
            "--account",
            "Ada",
            "--password-stdin",
        ],
        "a good password\n",
    );
    assert!(added);
    run(db, &["product", "create", "--account", "ada", "--name", "Plugin", "--slug", "plugin"]);
    let issued =
        run(db, &["license", "issue", "--product", "plugin", "--domain-limit", &domains.to_string()]);
    issued["key"].as_str().expect("a key").to_owned()
}

/// Polls until the condition holds. Returns `false` after `timeout`.
pub fn wait_until(timeout: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < timeout {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}
