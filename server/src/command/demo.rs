//! `countersign demo`.

use serde_json::json;

use super::open::{open, sentence};
use super::output::Answer;
use crate::config::Settings;

#[derive(clap::Args)]
pub struct Args {
    /// How many licenses to make.
    #[arg(long, default_value_t = 300)]
    licenses: u32,
}

pub async fn demo(settings: &Settings, args: Args) -> Answer {
    let service = open(settings).await?;
    if !service.is_fresh().await.map_err(|e| sentence(&e))? {
        return Err("This instance has data already. The demo is for an empty one.".into());
    }
    let demo = service::demo::fill(&service, args.licenses).await.map_err(|e| sentence(&e))?;
    service.close().await;
    Ok(json!({
        "email": demo.email,
        "password": demo.password,
        "licenses": demo.licenses,
        "key": demo.key,
        "domain": demo.domain,
    }))
}
