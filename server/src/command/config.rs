//! `countersign config`.

use super::output::CommandResult;
use crate::config::Config;

pub fn print(settings: &Config) -> CommandResult {
    serde_json::to_value(settings.redacted()).map_err(|e| e.to_string())
}
