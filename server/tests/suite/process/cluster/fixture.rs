//! PostgreSQL clusters that a test may stop, and a TCP proxy to them that can be cut and redirected.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use test_support::TestDatabase;

/// A TCP proxy in front of PostgreSQL.
pub struct TcpProxy {
    pub address: SocketAddr,
    is_open: Arc<AtomicBool>,
    to: Arc<Mutex<SocketAddr>>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl TcpProxy {
    pub fn start(database: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let proxy = Self {
            address: listener.local_addr().expect("an address"),
            is_open: Arc::new(AtomicBool::new(true)),
            to: Arc::new(Mutex::new(database)),
            streams: Arc::default(),
        };
        let (is_open, to, streams) =
            (Arc::clone(&proxy.is_open), Arc::clone(&proxy.to), Arc::clone(&proxy.streams));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let to = *to.lock().expect("the address");
                let Ok(server) = TcpStream::connect(to) else { continue };
                if !is_open.load(Ordering::SeqCst) {
                    continue;
                }
                let both = [client.try_clone(), server.try_clone()].map(|s| s.expect("a handle"));
                streams.lock().expect("the streams").extend(both);
                for (mut from, mut to) in [
                    (client.try_clone().expect("a handle"), server.try_clone().expect("a handle")),
                    (server, client),
                ] {
                    thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Both);
                    });
                }
            }
        });
        proxy
    }

    pub fn cut(&self) {
        self.is_open.store(false, Ordering::SeqCst);
        for stream in self.streams.lock().expect("the streams").drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    pub fn restore(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }

    /// Forwards new connections to another address.
    pub fn redirect(&self, database: SocketAddr) {
        *self.to.lock().expect("the address") = database;
    }

    /// Returns the same database with a URL that uses this proxy.
    pub fn database(&self, db: &TestDatabase) -> TestDatabase {
        let (head, name) = db.url.rsplit_once('/').expect("a URL");
        let (user, _) = head.rsplit_once('@').expect("a user");
        let mut proxied = TestDatabase::sqlite();
        proxied.url = format!("{user}@{}/{name}", self.address);
        proxied.master.clone_from(&db.master);
        proxied
    }
}

/// A running cluster. It is stopped and deleted when dropped.
pub struct Cluster {
    folder: PathBuf,
    pub address: SocketAddr,
    user: Option<String>,
}

impl Cluster {
    /// Starts a primary with synchronous replication, and its standby.
    pub fn pair() -> (Self, Self) {
        let user =
            is_root().then(|| std::env::var("COUNTERSIGN_TEST_POSTGRES_USER").unwrap_or("postgres".into()));
        let [primary, standby] = ["primary", "standby"].map(|name| {
            let folder = std::env::temp_dir().join(format!("countersign-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("a folder");
            Self { folder, address: unused_address(), user: user.clone() }
        });
        for cluster in [&primary, &standby] {
            if let Some(user) = &cluster.user {
                assert!(
                    Command::new("chown").arg(user).arg(&cluster.folder).status().expect("chown").success()
                );
            }
        }
        primary.run("initdb", &["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]);
        let data = primary.data();
        fs::write(
            data.join("postgresql.auto.conf"),
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 200\n\
             wal_keep_size = '256MB'\n",
        )
        .expect("settings");
        // A file copy is a valid base backup, because the primary was never started.
        let mut copy = primary.command(Path::new("cp"));
        assert!(copy.arg("-a").arg(&data).arg(standby.data()).status().expect("cp").success());
        let (host, port) = (primary.address.ip(), primary.address.port());
        // Commits wait for the standby, so it must reconnect soon after the primary starts.
        standby.set(&format!(
            "primary_conninfo = 'host={host} port={port} user=postgres application_name=standby'\n\
             wal_retrieve_retry_interval = '100ms'\n"
        ));
        fs::write(standby.data().join("standby.signal"), "").expect("the signal");
        if let Some(user) = &standby.user {
            assert!(
                Command::new("chown")
                    .arg("-R")
                    .arg(user)
                    .arg(standby.data())
                    .status()
                    .expect("chown")
                    .success()
            );
        }
        primary.set("synchronous_standby_names = 'standby'\n");
        primary.start();
        standby.start();
        (primary, standby)
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn set(&self, lines: &str) {
        let file = self.data().join("postgresql.auto.conf");
        let text = fs::read_to_string(&file).expect("settings");
        fs::write(&file, text + lines).expect("settings");
    }

    pub fn start(&self) {
        let (port, log) = (self.address.port(), self.folder.join("log"));
        self.run(
            "pg_ctl",
            &[
                "start",
                "--wait",
                "--silent",
                "--log",
                &log.display().to_string(),
                "--options",
                &format!("-p {port}"),
            ],
        );
    }

    /// Stops the cluster in fast mode, as an operator does: connections are closed and no commit is lost.
    pub fn stop(&self) {
        self.run("pg_ctl", &["stop", "--wait", "--silent", "--mode=fast"]);
    }

    /// Stops the cluster without a checkpoint, as a machine failure does.
    pub fn crash(&self) {
        self.run("pg_ctl", &["stop", "--silent", "--mode=immediate"]);
    }

    /// Promotes the standby to primary.
    pub fn promote(&self) {
        self.run("pg_ctl", &["promote", "--wait", "--silent"]);
    }

    fn run(&self, program: &str, args: &[&str]) {
        let output = self.postgres(program).args(args).output().expect("PostgreSQL's programs");
        assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn postgres(&self, program: &str) -> Command {
        let bin = std::env::var_os("COUNTERSIGN_TEST_POSTGRES_BIN").map(PathBuf::from).unwrap_or_default();
        let mut command = self.command(&bin.join(program));
        command.arg(format!("--pgdata={}", self.data().display()));
        command
    }

    /// Builds a command under an unprivileged user, because PostgreSQL refuses to run as root.
    fn command(&self, program: &Path) -> Command {
        let mut command = match &self.user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--clear-groups", "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir(&self.folder).env("LC_ALL", "C");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.postgres("pg_ctl").args(["stop", "--silent", "--mode=immediate"]).output();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

fn unused_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port")
}
