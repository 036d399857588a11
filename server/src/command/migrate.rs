//! `countersign migrate`.

use serde_json::json;

use super::context::open_service;
use super::output::CommandResult;
use crate::config::Config;

pub async fn migrate(settings: &Config) -> CommandResult {
    let service = open_service(settings).await?;
    service.close().await;
    Ok(json!({ "migrated": true }))
}
