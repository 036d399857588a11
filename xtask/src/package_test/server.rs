//! A server in the chroot, started as the unit starts it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::chroot::Chroot;
use crate::cmd::{Result, run};

const START_TIMEOUT: Duration = Duration::from_mins(1);
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// A running server, ended when dropped.
pub struct Server {
    process: Child,
    /// The variable by which other commands find it.
    pub listen: String,
}

impl Server {
    /// Starts the server by the packaged settings, but on a free port, and waits until it is ready.
    ///
    /// # Errors
    /// Returns a message if it is not ready in time.
    pub fn start(chroot: &Chroot) -> Result<Self> {
        let address = free_address()?;
        let mut serve = chroot.command(&["countersign-admin", "serve"]);
        let process = serve.env("COUNTERSIGN_LISTEN", address.to_string()).spawn();
        let process = process.map_err(|e| format!("The server can't be started: {e}."))?;
        let mut server = Self { process, listen: address.to_string() };
        let started = Instant::now();
        while !is_ready(address) {
            if let Ok(Some(status)) = server.process.try_wait() {
                return Err(format!("The server ended at its start ({status})."));
            }
            if started.elapsed() > START_TIMEOUT {
                return Err("The server's /readyz does not answer 200.".into());
            }
            std::thread::sleep(RETRY_INTERVAL);
        }
        Ok(server)
    }

    /// Returns the process's id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Stops the server as systemd does.
    ///
    /// # Errors
    /// Returns a message if it does not end with success.
    pub fn stop(mut self) -> Result {
        run(Command::new("kill").args(["-TERM", &self.id().to_string()]))?;
        match self.process.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("The server ended with {status}.")),
            Err(e) => Err(format!("The server's end can't be waited for: {e}.")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails if it has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_address() -> Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|e| format!("No TCP port is available: {e}."))
}

fn is_ready(address: SocketAddr) -> bool {
    let answer = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    answer().is_ok_and(|text| text.starts_with("HTTP/1.1 200"))
}
