//! `countersign check`: compares all counters with a full count.

use serde_json::{Value, json};
use service::consistency_check;

use super::context::{open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;

pub async fn check(settings: &Config) -> CommandResult {
    let service = open_service(settings).await?;
    let differences = consistency_check::check(&service).await.map_err(|e| user_message(&e))?;
    if differences.is_empty() {
        return Ok(json!({ "agree": true }));
    }
    let lines: Vec<Value> = differences
        .iter()
        .map(|difference| {
            json!(format!(
                "{} of {}: counter is {}, full count is {}",
                difference.counter, difference.of, difference.counted, difference.found
            ))
        })
        .collect();
    Err(Value::from(lines).to_string())
}
