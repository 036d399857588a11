//! `countersign demo`.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use serde_json::json;

use super::context::{open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;

#[derive(clap::Args)]
pub struct Args {
    /// Number of licenses to create
    #[arg(long, default_value_t = 300)]
    licenses: u32,
    /// Write the key and a domain of each active license to this file, for load tests
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
}

pub async fn demo(settings: &Config, args: Args) -> CommandResult {
    let service = open_service(settings).await?;
    if !service.needs_setup().await.map_err(|e| user_message(&e))? {
        return Err("This instance already has data. The demo needs an empty instance.".into());
    }
    let write_error = |e: std::io::Error| format!("The keys file can't be written: {e}.");
    let mut file =
        args.keys.map(|path| File::create(path).map(BufWriter::new)).transpose().map_err(write_error)?;
    let mut written = Ok(());
    let write_key = |key: &str, domain: &str| {
        if let Some(file) = &mut file
            && written.is_ok()
        {
            written = writeln!(file, "{key} {domain}");
        }
    };
    let demo =
        service::demo::create(&service, args.licenses, write_key).await.map_err(|e| user_message(&e))?;
    written.and_then(|()| file.map_or(Ok(()), |mut file| file.flush())).map_err(write_error)?;
    service.close().await;
    Ok(json!({
        "email": demo.email,
        "password": demo.password,
        "licenses": demo.licenses,
        "key": demo.key,
        "domain": demo.domain,
    }))
}
