//! API contract tests: schemathesis generates requests from the OpenAPI document and checks the responses of
//! a running server. It is installed in its own virtual environment.

use std::path::Path;

use crate::cmd::{Result, program, run};
use crate::python;

const REQUIREMENTS: &str = "end2end/schemathesis/requirements.txt";

/// Runs schemathesis against a server binary.
pub fn test(server: &Path) -> Result {
    let python = python::ensure_virtual_env("schema", REQUIREMENTS)?;
    run(program(python).arg("end2end/schemathesis/run.py").arg(server))
}
