//! Generated requests against a live server, held against the OpenAPI document:
//! schemathesis, in a virtual environment of its own.

use std::path::{Path, PathBuf};

use crate::cmd::{Result, is_root, program, run, succeeds, target_dir, which, workspace_root};

const REQUIREMENTS: &str = "end2end/schemathesis/requirements.txt";

/// Runs it against this binary.
pub fn test(server: &Path) -> Result {
    let python = ensure_virtual_env()?;
    run(program(python).arg("end2end/schemathesis/run.py").arg(server))
}

/// The Python of the environment, made where there is none for these requirements.
fn ensure_virtual_env() -> Result<PathBuf> {
    let venv = target_dir().join("schemathesis");
    let python = venv.join("bin/python");
    let stamp = venv.join("requirements.txt");
    let requirements =
        std::fs::read(workspace_root().join(REQUIREMENTS)).map_err(|e| format!("{REQUIREMENTS}: {e}"))?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    let system = system_python()?;
    run(program(system).args(["-m", "venv", "--clear"]).arg(&venv))?;
    let mut install = program(&python);
    run(install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        REQUIREMENTS,
    ]))?;
    std::fs::write(stamp, requirements).map_err(|e| format!("{}: {e}", venv.display()))?;
    Ok(python)
}

/// A Python that can make virtual environments.
fn system_python() -> Result<PathBuf> {
    let is_usable = |python: &PathBuf| {
        succeeds(
            program(python).args(["-c", "import venv, ensurepip, sys; assert sys.version_info >= (3, 10)"]),
        )
    };
    if let Some(python) = which("python3").filter(is_usable) {
        return Ok(python);
    }
    if is_root() && which("apt-get").is_some() {
        println!("\nNo Python 3.10 with venv is on the PATH; trying the system's package.");
        run(program("apt-get").args(["update", "-q"]))?;
        run(program("apt-get").args(["install", "-y", "-q", "python3", "python3-venv"]))?;
    }
    which("python3").filter(is_usable).ok_or_else(|| {
        "The API's tests by its document need Python 3.10 or newer with venv. Install it, or leave them out with \
         `cargo xtask test --skip schema`."
            .into()
    })
}
