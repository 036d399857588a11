//! `countersign migrate`.

use serde_json::json;

use super::open::open;
use super::output::Answer;
use crate::config::Settings;

pub async fn migrate(settings: &Settings) -> Answer {
    let service = open(settings).await?;
    service.close().await;
    Ok(json!({ "migrated": true }))
}
