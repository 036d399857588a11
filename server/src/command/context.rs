//! The shared start of commands: opens the service and finds the account.

use std::path::Path;

use domain::AccountId;
use migrations::Migrator;
use service::secrets::MasterKey;
use service::store::Options;
use service::{Clock, Service};

use crate::config::Config;

/// Reads the master key, opens the database and migrates its schema.
pub async fn open_service(settings: &Config) -> Result<Service, String> {
    let master = master_key(settings)?;
    let options = Options::new(settings.database_url(), settings.database_connections);
    Service::open::<Migrator>(options, &master, settings.cache_bytes, Clock::System)
        .await
        .map_err(|e| user_message(&e))
}

fn master_key(settings: &Config) -> Result<MasterKey, String> {
    if let Some(text) = &settings.master_key {
        return MasterKey::decode(text).map_err(|e| format!("The setting master_key is wrong: {e}"));
    }
    create_private_folder(&settings.data_dir)
        .map_err(|e| format!("The folder {} can't be created: {e}.", settings.data_dir.display()))?;
    let path = settings.data_dir.join("master.key");
    MasterKey::load_or_create(&path)
        .map_err(|e| format!("The master key {} can't be read: {e}.", path.display()))
}

/// Creates a folder that only its owner can read.
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Finds the account of a slug, if one was given.
pub async fn find_account(service: &Service, slug: Option<String>) -> Result<Option<AccountId>, String> {
    let Some(slug) = slug else { return Ok(None) };
    let account = service::account::find_account(service, &slug).await;
    account.map(Some).map_err(|_| format!("There is no account {slug}."))
}

/// Returns an error message for the operator's shell. It may contain the driver's text.
pub fn user_message(error: &service::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error} ({cause})"),
        None => error.to_string(),
    }
}
