//! API contract tests: schemathesis generates requests from the OpenAPI document and checks the responses of
//! a running server. It is installed in its own virtual environment.

use std::path::{Path, PathBuf};

use crate::cmd::{Result, is_root, program, run, succeeds, target_dir, which, workspace_root};

const REQUIREMENTS: &str = "end2end/schemathesis/requirements.txt";

/// Runs schemathesis against a server binary.
pub fn test(server: &Path) -> Result {
    let python = ensure_virtual_env()?;
    run(program(python).arg("end2end/schemathesis/run.py").arg(server))
}

/// Returns the Python of the virtual environment. Creates the environment if the requirements have changed.
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

/// Returns a Python that can create virtual environments.
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
        println!("\nPython 3.10 with venv is not on the PATH: installing the system's package.");
        run(program("apt-get").args(["update", "-q"]))?;
        run(program("apt-get").args(["install", "-y", "-q", "python3", "python3-venv"]))?;
    }
    which("python3").filter(is_usable).ok_or_else(|| {
        "The API contract tests need Python 3.10 or newer with venv. Install it, or skip these tests with \
         `cargo xtask test --skip schema`."
            .into()
    })
}
