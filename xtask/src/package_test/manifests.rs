//! The compose file and the Kubernetes manifest, checked by their schemas.

use crate::cmd::{Result, program, run};
use crate::python;

const REQUIREMENTS: &str = "packaging/requirements.txt";

/// Checks both files.
///
/// # Errors
/// Returns a message if one does not follow its schema, or Python is missing.
pub fn check() -> Result {
    let python = python::ensure_virtual_env("packages", REQUIREMENTS)?;
    let compose = ["--builtin-schema", "vendor.compose-spec", "packaging/compose.yaml"];
    run(program(python.with_file_name("check-jsonschema")).args(compose))?;
    let kubernetes = ["--strict", "packaging/kubernetes.yaml"];
    run(program(python.with_file_name("kubernetes-validate")).args(kubernetes))
}
