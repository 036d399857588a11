//! Generated requests against a live server, held against the OpenAPI document:
//! schemathesis, in a virtual environment of its own.

use std::path::{Path, PathBuf};

use crate::cmd::{Result, is_root, program, run, succeeds, target_dir, which, workspace_root};

const REQUIREMENTS: &str = "end2end/schemathesis/requirements.txt";

/// Runs it against this binary.
pub fn test(server: &Path) -> Result {
    let python = environment()?;
    run(program(python).arg("end2end/schemathesis/run.py").arg(server))
}

/// The Python of the environment, made where there is none for these requirements.
fn environment() -> Result<PathBuf> {
    let folder = target_dir().join("schemathesis");
    let python = folder.join("bin/python");
    let stamp = folder.join("requirements.txt");
    let wanted =
        std::fs::read(workspace_root().join(REQUIREMENTS)).map_err(|e| format!("{REQUIREMENTS}: {e}"))?;
    if std::fs::read(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(python);
    }
    let system = system_python()?;
    run(program(system).args(["-m", "venv", "--clear"]).arg(&folder))?;
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
    std::fs::write(stamp, wanted).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(python)
}

/// A Python that can make virtual environments.
fn system_python() -> Result<PathBuf> {
    let able = |python: &PathBuf| {
        succeeds(
            program(python).args(["-c", "import venv, ensurepip, sys; assert sys.version_info >= (3, 10)"]),
        )
    };
    if let Some(python) = which("python3").filter(able) {
        return Ok(python);
    }
    if is_root() && which("apt-get").is_some() {
        println!("\nNo Python 3.10 with venv is on the PATH; trying the system's package.");
        run(program("apt-get").args(["update", "-q"]))?;
        run(program("apt-get").args(["install", "-y", "-q", "python3", "python3-venv"]))?;
    }
    which("python3").filter(able).ok_or_else(|| {
        "The API's tests by its document need Python 3.10 or newer with venv. Install it, or leave them out with \
         `cargo xtask test --skip schema`."
            .into()
    })
}
