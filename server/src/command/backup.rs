//! `countersign backup` and `countersign restore`.

use std::path::{Path, PathBuf};

use serde_json::json;
use service::backup::{self, BackupContent};

use super::context::{existing_master_key, open_service, user_message};
use super::output::CommandResult;
use crate::config::Config;
use crate::instance_lock::InstanceLock;
use crate::private_folder::create_private_folder;

#[derive(clap::Args)]
pub struct BackupArgs {
    /// File to write; it must not exist
    file: PathBuf,
    /// Also copy the master key, to the same name with .key; keep that file secret
    #[arg(long)]
    with_master_key: bool,
}

#[derive(clap::Args)]
pub struct RestoreArgs {
    /// Backup to restore; the database must not exist
    file: PathBuf,
}

pub async fn create(settings: &Config, args: BackupArgs) -> CommandResult {
    let service = open_service(settings).await?;
    let content = backup::create(&service, &args.file).await.map_err(|e| user_message(&e))?;
    let mut document = to_json(&args.file, content);
    if args.with_master_key {
        let key_file = key_file_of(&args.file);
        existing_master_key(settings)?
            .write_new(&key_file)
            .map_err(|e| format!("The file {} can't be written: {e}.", key_file.display()))?;
        document["master_key"] = json!(key_file);
    }
    service.close().await;
    Ok(document)
}

pub async fn restore(settings: &Config, args: RestoreArgs) -> CommandResult {
    let database = settings
        .sqlite_file()
        .ok_or("The database is PostgreSQL. Restore a dump with `pg_restore`; see docs/operations.md.")?;
    let _lock = InstanceLock::acquire(&database, false).await?;
    let key_file = key_file_of(&args.file);
    if settings.master_key.is_none() && !settings.master_key_file().exists() && key_file.exists() {
        create_private_folder(&settings.data_dir)
            .and_then(|()| std::fs::copy(&key_file, settings.master_key_file()))
            .map_err(|e| format!("The master key {} can't be restored: {e}.", key_file.display()))?;
    }
    let master = existing_master_key(settings)?;
    let content = backup::restore(&args.file, &database, &master).await.map_err(|e| user_message(&e))?;
    Ok(to_json(&database, content))
}

/// The name of the master key's copy beside a backup.
fn key_file_of(backup: &Path) -> PathBuf {
    let mut path = backup.as_os_str().to_owned();
    path.push(".key");
    path.into()
}

fn to_json(file: &Path, content: BackupContent) -> serde_json::Value {
    json!({
        "file": file,
        "bytes": content.bytes,
        "licenses": content.licenses,
        "activations": content.activations,
        "verified": true,
    })
}
