//! Programs that make packages: of crates.io, compiled into the target folder, and of Debian.

use std::path::PathBuf;

use crate::cmd::{Result, cargo, is_root, program, run, target_dir, which};

/// A program of crates.io, at a fixed version.
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Writes the dependencies into the binary.
pub const CARGO_AUDITABLE: Tool = Tool { name: "cargo-auditable", version: "0.7.7" };
/// Writes the bill of materials.
pub const CARGO_CYCLONEDX: Tool = Tool { name: "cargo-cyclonedx", version: "0.5.9" };
/// Makes Debian packages.
pub const CARGO_DEB: Tool = Tool { name: "cargo-deb", version: "3.8.0" };

impl Tool {
    /// Returns the path of the program. Compiles it if it is missing.
    ///
    /// # Errors
    /// Returns a message if it can't be compiled.
    pub fn path(&self) -> Result<PathBuf> {
        let tools = target_dir().join("tools");
        let folder = tools.join(format!("{}-{}", self.name, self.version));
        let path = folder.join("bin").join(self.name);
        if !path.is_file() {
            println!("\n{} {} is compiled once.", self.name, self.version);
            // Without optimization, because each runs for seconds.
            let mut install = cargo();
            install.args(["install", "--quiet", "--locked", "--debug", "--version", self.version, self.name]);
            run(install.arg("--root").arg(&folder).arg("--target-dir").arg(tools.join("build")))?;
        }
        Ok(path)
    }
}

/// Returns the path of a program of a Debian package. Installs the package if this process may.
///
/// # Errors
/// Returns a message that names the package.
pub fn of_debian(name: &str, package: &str) -> Result<PathBuf> {
    if which(name).is_none() && is_root() && which("apt-get").is_some() {
        println!("\n{name} is not on the PATH: installing the system's package.");
        run(program("apt-get").args(["update", "-q"]))?;
        run(program("apt-get").args(["install", "-y", "-q", "--no-install-recommends", package]))?;
    }
    which(name)
        .ok_or_else(|| format!("`{name}` is missing. Install it, such as by `apt-get install {package}`."))
}
