//! `countersign master-key …`.

use std::path::{Path, PathBuf};

use serde_json::json;
use service::key_rotation;
use service::secrets::MasterKey;

use super::context::{open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;
use crate::master_key_file;

#[derive(clap::Subcommand)]
pub enum MasterKeyCommand {
    /// Replace the master key, also while servers run; continues a rotation that was interrupted
    Rotate {
        /// File for the new key. Required if the key is a setting and not a file
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

pub async fn run(settings: &Config, command: MasterKeyCommand) -> CommandResult {
    let MasterKeyCommand::Rotate { output } = command;
    rotate(settings, output).await
}

async fn rotate(settings: &Config, output: Option<PathBuf>) -> CommandResult {
    let is_setting = settings.master_key.is_some();
    let new_file = match (is_setting, output) {
        (false, None) => settings.new_master_key_file(),
        (false, Some(_)) => return Err("--output: The key is a file, which this command replaces.".into()),
        (true, Some(file)) => file,
        (true, None) => {
            return Err("--output: The master key is a setting. Name a file for the new key.".into());
        }
    };
    let service = open_service(settings).await?;
    // A file that an interrupted rotation left. The key of a running rotation has precedence over it.
    let proposed = MasterKey::load(&new_file).unwrap_or_else(|_| MasterKey::generate());
    let next = key_rotation::begin(&service, proposed).await.map_err(|e| user_message(&e))?;
    // The next key is on the disk before a row depends on it alone.
    master_key_file::replace(&new_file, &next).map_err(|e| cannot_write(&new_file, &e))?;
    // Until then, every server has read the next key from the database.
    tokio::time::sleep(2 * key_rotation::REFRESH_INTERVAL).await;
    let mut resealed = 0;
    loop {
        let changed = key_rotation::reseal(&service, report_progress).await.map_err(|e| user_message(&e))?;
        resealed += changed;
        if changed == 0 {
            break;
        }
    }
    key_rotation::finish(&service).await.map_err(|e| user_message(&e))?;
    if is_setting {
        let next_step =
            format!("Set master_key to the content of {} before the next start.", new_file.display());
        return Ok(json!({ "resealed": resealed, "master_key": new_file, "next_step": next_step }));
    }
    let file = settings.master_key_file();
    let old_file = master_key_file::adopt(&file, &new_file).map_err(|e| cannot_write(&file, &e))?;
    let next_step = format!(
        "Copy {} to every other node before its next start. Keep {} for backups from before.",
        file.display(),
        old_file.display()
    );
    Ok(
        json!({ "resealed": resealed, "master_key": file, "old_master_key": old_file, "next_step": next_step }),
    )
}

fn cannot_write(file: &Path, error: &std::io::Error) -> String {
    format!("The master key {} can't be written: {error}.", file.display())
}

fn report_progress(rows: u64) {
    if rows > 0 && rows.is_multiple_of(100_000) {
        eprintln!("{rows} rows are sealed with the new key …");
    }
}
