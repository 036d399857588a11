//! A bare Debian in a folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cmd::{Result, run, target_dir};
use crate::package::{place, tool};

const RELEASE: &str = "bookworm";

/// A bare Debian, deleted when dropped.
pub struct Chroot {
    folder: PathBuf,
}

impl Chroot {
    /// Makes a chroot: a copy of one that is kept in the target folder.
    ///
    /// # Errors
    /// Returns a message if debootstrap can't make it.
    pub fn create() -> Result<Self> {
        let base = target_dir().join(format!("debootstrap-{RELEASE}"));
        if !base.is_dir() {
            let debootstrap = tool::of_debian("debootstrap", "debootstrap")?;
            let unfinished = base.with_extension("new");
            place::empty_folder(&unfinished)?;
            run(Command::new(debootstrap).args(["--variant=minbase", RELEASE]).arg(&unfinished))?;
            std::fs::rename(&unfinished, &base)
                .map_err(|e| format!("{} can't be written: {e}.", base.display()))?;
        }
        let chroot = Self { folder: place::staging().join("chroot") };
        run(Command::new("cp").arg("-a").arg(&base).arg(&chroot.folder))?;
        place::copy(Path::new("/etc/resolv.conf"), &chroot.path("/etc/resolv.conf"))?;
        Ok(chroot)
    }

    /// Returns the path of a file of the chroot, as this system sees it.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.join(inside.trim_start_matches('/'))
    }

    /// Returns a command in the chroot, without the variables of this process.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("/usr/sbin/chroot");
        command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("LC_ALL", "C").env("DEBIAN_FRONTEND", "noninteractive");
        command.arg(&self.folder).args(words);
        command
    }

    /// Runs a command in the chroot.
    ///
    /// # Errors
    /// Returns a message with the command if it fails.
    pub fn run(&self, words: &[&str]) -> Result {
        run(&mut self.command(words))
    }

    /// Returns the trimmed output of a command in the chroot.
    ///
    /// # Errors
    /// Returns a message with the command and its errors if it fails.
    pub fn output(&self, words: &[&str]) -> Result<String> {
        let line = words.join(" ");
        let output = self.command(words).stdin(Stdio::null()).output();
        let output = output.map_err(|e| format!("`{line}` can't be run: {e}."))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Err(format!("`{line}` failed in the chroot: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

impl Drop for Chroot {
    fn drop(&mut self) {
        // Nothing is mounted in it.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
