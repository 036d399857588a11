//! The unit's hardening, as systemd judges it.

use crate::cmd::{Result, program, run};
use crate::package::tool;

const UNIT: &str = "packaging/debian/countersign.service";
/// Highest exposure in tenths. A unit without hardening has 96.
const THRESHOLD: &str = "--threshold=15";

/// Checks that the exposure of the service is low.
///
/// # Errors
/// Returns a message if it is not, or systemd's program is missing.
pub fn check() -> Result {
    let analyze = tool::of_debian("systemd-analyze", "systemd")?;
    run(program(analyze).args(["security", "--offline=true", "--no-pager", THRESHOLD, UNIT]))
}
