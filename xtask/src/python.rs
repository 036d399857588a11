//! Virtual environments of Python for the tests that need one.

use std::path::PathBuf;

use crate::cmd::{Result, is_root, program, run, succeeds, target_dir, which, workspace_root};

/// Returns the Python of the virtual environment of a part of `cargo xtask test`. Creates the environment if
/// the requirements have changed.
///
/// # Errors
/// Returns a message if Python is missing or a package can't be installed.
pub fn ensure_virtual_env(part: &str, requirements: &str) -> Result<PathBuf> {
    let venv = folder(part);
    let python = venv.join("bin/python");
    let stamp = venv.join("requirements.txt");
    let required =
        std::fs::read(workspace_root().join(requirements)).map_err(|e| format!("{requirements}: {e}"))?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == required) {
        return Ok(python);
    }
    let system = system_python(part)?;
    run(program(system).args(["-m", "venv", "--clear"]).arg(&venv))?;
    let mut install = program(&python);
    run(install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        requirements,
    ]))?;
    std::fs::write(stamp, required).map_err(|e| format!("{}: {e}", venv.display()))?;
    Ok(python)
}

fn folder(part: &str) -> PathBuf {
    target_dir().join(format!("python-{part}"))
}

/// Returns the Python of the virtual environment of a part, if the environment exists.
pub fn find_virtual_env(part: &str) -> Option<PathBuf> {
    let venv = folder(part);
    venv.join("requirements.txt").is_file().then(|| venv.join("bin/python"))
}

/// Returns a Python that can create virtual environments.
fn system_python(part: &str) -> Result<PathBuf> {
    let is_usable = |python: &PathBuf| {
        succeeds(
            program(python).args(["-c", "import venv, ensurepip, sys; assert sys.version_info >= (3, 10)"]),
        )
    };
    if let Some(python) = which("python3").filter(is_usable) {
        return Ok(python);
    }
    if is_root() && which("apt-get").is_some() {
        println!("\nPython 3.10 with venv is not on the PATH: installing the system's package.");
        run(program("apt-get").args(["update", "-q"]))?;
        run(program("apt-get").args(["install", "-y", "-q", "python3", "python3-venv"]))?;
    }
    which("python3").filter(is_usable).ok_or_else(|| {
        let skip = if part == "deny" { "" } else { ", or skip the part with `cargo xtask test --skip`" };
        format!("The part `{part}` needs Python 3.10 or newer with venv. Install it{skip}.")
    })
}
