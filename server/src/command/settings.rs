//! `countersign config`.

use super::output::Answer;
use crate::config::Settings;

pub fn print(settings: &Settings) -> Answer {
    serde_json::to_value(settings.masked()).map_err(|e| e.to_string())
}
