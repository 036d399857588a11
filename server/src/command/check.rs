//! `countersign check`: the counters against a full count.

use serde_json::{Value, json};
use service::counters;

use super::open::{open, sentence};
use super::output::Answer;
use crate::config::Settings;

pub async fn check(settings: &Settings) -> Answer {
    let service = open(settings).await?;
    let differences = counters::check(&service).await.map_err(|e| sentence(&e))?;
    if differences.is_empty() {
        return Ok(json!({ "agree": true }));
    }
    let lines: Vec<Value> = differences
        .iter()
        .map(|d| json!(format!("{} of {}: {} counted, {} there", d.counter, d.of, d.counted, d.found)))
        .collect();
    Err(Value::from(lines).to_string())
}
