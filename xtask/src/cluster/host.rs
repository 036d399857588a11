//! Hosts of the cluster: network namespaces on a bridge. Every process of the cluster runs in one of them,
//! so that the kernel keeps the list of what to end.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::cmd::{Result, output, succeeds, workspace_root};

/// The bridge. Its address is that of the clients, which are outside of the hosts.
pub const BRIDGE: &str = "countersign-br";
const BRIDGE_ADDRESS: &str = "10.87.0.1/24";
/// Folder of configuration, data and logs. Not in the target folder, which the user of PostgreSQL often
/// can't enter.
pub const STATE_DIR: &str = "/var/tmp/countersign-cluster";
/// The user of PostgreSQL, Patroni, etcd and HAProxy.
pub const USER: &str = "postgres";

/// Priority of etcd, Patroni and HAProxy over builds on the same machine: a leader whose heartbeat is late is
/// replaced.
const PRIORITY: &str = "-10";
/// Longest wait for the end of killed processes.
const MAX_END: Duration = Duration::from_secs(10);

/// One host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// Name of its folder.
    pub name: &'static str,
    /// Name of its network namespace, and of the bridge's end of its line: at most 15 bytes.
    pub namespace: &'static str,
    pub address: &'static str,
    /// What runs there, for the terminal.
    pub content: &'static str,
}

const fn host(
    name: &'static str,
    namespace: &'static str,
    address: &'static str,
    content: &'static str,
) -> Host {
    Host { name, namespace, address, content }
}

pub const DATABASES: [Host; 3] = [
    host("db1", "countersign-db1", "10.87.0.11", "PostgreSQL, Patroni, etcd"),
    host("db2", "countersign-db2", "10.87.0.12", "PostgreSQL, Patroni, etcd"),
    host("db3", "countersign-db3", "10.87.0.13", "PostgreSQL, Patroni, etcd"),
];
pub const NODES: [Host; 3] = [
    host("cs1", "countersign-cs1", "10.87.0.21", "Countersign, port 3000"),
    host("cs2", "countersign-cs2", "10.87.0.22", "Countersign, port 3000"),
    host("cs3", "countersign-cs3", "10.87.0.23", "Countersign, port 3000"),
];
pub const BALANCER: Host = host("lb", "countersign-lb", "10.87.0.30", "HAProxy");
pub const ALL: [Host; 7] = [DATABASES[0], DATABASES[1], DATABASES[2], NODES[0], NODES[1], NODES[2], BALANCER];

impl Host {
    pub fn folder(self) -> PathBuf {
        PathBuf::from(STATE_DIR).join(self.name)
    }

    fn exists(self) -> bool {
        PathBuf::from("/run/netns").join(self.namespace).exists()
    }

    fn create(self) -> Result {
        let folder = self.folder();
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}.", folder.display()))?;
        quiet(Command::new("chown").arg(USER).arg(&folder))?;
        if self.exists() {
            return Ok(());
        }
        let (name, address) = (self.namespace, format!("{}/24", self.address));
        ip(&["netns", "add", name])?;
        ip(&["link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name])?;
        ip(&["link", "set", name, "master", BRIDGE, "up"])?;
        ip(&["-n", name, "addr", "add", &address, "dev", "eth0"])?;
        ip(&["-n", name, "link", "set", "lo", "up"])?;
        ip(&["-n", name, "link", "set", "eth0", "up"])
    }

    /// Cuts the line of this host: nothing arrives, and nothing is refused.
    pub fn cut(self) -> Result {
        ip(&["link", "set", self.namespace, "down"])
    }

    pub fn restore(self) -> Result {
        ip(&["link", "set", self.namespace, "up"])
    }

    /// Returns the processes of this host, each with its command line.
    pub fn processes(self) -> Vec<(u32, String)> {
        let pids = output(Command::new("ip").args(["netns", "pids", self.namespace])).unwrap_or_default();
        let with_command_line = |pid: u32| {
            let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            Some((pid, String::from_utf8_lossy(&bytes).replace('\0', " ")))
        };
        pids.lines().filter_map(|line| line.trim().parse().ok()).filter_map(with_command_line).collect()
    }

    /// Returns whether a process runs here whose command line contains one of `words`.
    pub fn runs(self, words: &[&str]) -> bool {
        self.processes().iter().any(|(_, line)| words.iter().any(|word| line.contains(word)))
    }

    /// Sends a signal to the processes whose command line contains one of `words`, or to all without words.
    pub fn signal(self, signal: &str, words: &[&str]) {
        let is_meant = |line: &str| words.is_empty() || words.iter().any(|word| line.contains(word));
        let pids: Vec<String> = self
            .processes()
            .into_iter()
            .filter(|(_, line)| is_meant(line))
            .map(|(pid, _)| pid.to_string())
            .collect();
        if !pids.is_empty() {
            // A process that has ended meanwhile is no fault.
            succeeds(Command::new("kill").args(["-s", signal]).args(pids));
        }
    }

    /// Kills these processes, or all without words, and waits for their end.
    pub fn kill(self, words: &[&str]) -> Result {
        let started = Instant::now();
        loop {
            self.signal("KILL", words);
            let remain = if words.is_empty() { !self.processes().is_empty() } else { self.runs(words) };
            if !remain {
                return Ok(());
            }
            if started.elapsed() > MAX_END {
                return Err(format!("Processes of {} do not end.", self.namespace));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Returns a command that runs `program` on this host, as `user` if one is given.
    pub fn command(self, user: Option<&str>, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", self.namespace]);
        if let Some(user) = user {
            command.args(["nice", "-n", PRIORITY, "setpriv", "--reuid", user, "--clear-groups", "--"]);
        }
        command.arg(program).env("LC_ALL", "C");
        command
    }

    /// Starts a daemon, whose output is appended to `log` in the folder of this host. It outlives this
    /// process.
    #[allow(clippy::zombie_processes, reason = "the daemon runs on after this process")]
    pub fn start(self, command: &Command, log: &str) -> Result {
        let file = self.folder().join(log);
        let open = || File::options().create(true).append(true).open(&file);
        let failed = |e: std::io::Error| format!("{}: {e}.", file.display());
        let mut daemon = Command::new("setsid");
        daemon.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => daemon.env(name, value),
                None => daemon.env_remove(name),
            };
        }
        daemon.current_dir(command.get_current_dir().map_or_else(|| self.folder(), PathBuf::from));
        daemon.stdin(Stdio::null()).stdout(open().map_err(failed)?).stderr(open().map_err(failed)?);
        daemon.spawn().map(drop).map_err(|e| format!("{}: a daemon can't be started: {e}.", self.namespace))
    }
}

/// Returns whether a part of a cluster exists.
pub fn any_exists() -> bool {
    ALL.into_iter().any(Host::exists)
}

/// Creates the bridge and the hosts that do not exist.
pub fn create_all() -> Result {
    fs::create_dir_all(STATE_DIR).map_err(|e| format!("{STATE_DIR}: {e}."))?;
    if !PathBuf::from("/sys/class/net").join(BRIDGE).exists() {
        ip(&["link", "add", BRIDGE, "type", "bridge"])?;
        ip(&["addr", "add", BRIDGE_ADDRESS, "dev", BRIDGE])?;
    }
    ip(&["link", "set", BRIDGE, "up"])?;
    ALL.into_iter().try_for_each(Host::create)
}

/// Ends the processes of the hosts, and removes hosts, bridge and data. Also what a broken start left.
pub fn remove_all() -> Result {
    for host in ALL.into_iter().filter(|host| host.exists()) {
        host.kill(&[])?;
        // First, because a namespace disappears with a delay, and its line with it.
        succeeds(Command::new("ip").args(["link", "delete", host.namespace]));
        ip(&["netns", "delete", host.namespace])?;
    }
    if PathBuf::from("/sys/class/net").join(BRIDGE).exists() {
        ip(&["link", "delete", BRIDGE])?;
    }
    match fs::remove_dir_all(STATE_DIR) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("{STATE_DIR}: {e}.")),
        _ => {
            println!("The cluster is removed.");
            Ok(())
        }
    }
}

fn ip(args: &[&str]) -> Result {
    quiet(Command::new("ip").args(args))
}

/// Runs a command without output. The error has what it wrote to standard error.
pub fn quiet(command: &mut Command) -> Result {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command
        .current_dir(workspace_root())
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("`{name}` can't be run: {e}."))?;
    if done.status.success() {
        return Ok(());
    }
    let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
    Err(format!("`{name} {}` failed: {}", args.join(" "), String::from_utf8_lossy(&done.stderr).trim()))
}
