//! The shared start of commands: opens the service and finds the account.

use std::path::Path;

use domain::{AccountId, FieldError};
use migrations::Migrator;
use service::secrets::MasterKey;
use service::store::{Options, StatementObserver};
use service::{Clock, Service};

use crate::config::Config;
use crate::master_key_file;
use crate::private_folder::create_private_folder;
use crate::webhook_client;

/// Reads the master key, opens the database and migrates its schema. Changes by commands notify webhooks too.
pub async fn open_service(settings: &Config) -> Result<Service, String> {
    open_observed_service(settings, None).await
}

/// Like [`open_service`], with a callback that receives every statement after its end.
pub async fn open_observed_service(
    settings: &Config,
    observer: Option<StatementObserver>,
) -> Result<Service, String> {
    let service = open_database(settings, observer).await?;
    webhook_client::enable(&service, settings)?;
    Ok(service)
}

async fn open_database(settings: &Config, observer: Option<StatementObserver>) -> Result<Service, String> {
    let master = master_key(settings).await?;
    let options = Options::new(settings.database_url(), settings.database_connections);
    let options = Options { on_statement_end: observer, ..options };
    let error = match open_with(settings, options.clone(), &master).await {
        Ok(service) => return Ok(service),
        Err(error) => error,
    };
    let (file, new_file) = (settings.master_key_file(), settings.new_master_key_file());
    if settings.master_key.is_some() || !is_wrong_master_key(&error) || !new_file.exists() {
        return Err(user_message(&error));
    }
    // A rotation ended, but was interrupted before it replaced the file.
    let next = MasterKey::load(&new_file)
        .map_err(|e| format!("The master key {} can't be read: {e}.", new_file.display()))?;
    let service = open_with(settings, options, &next).await.map_err(|e| user_message(&e))?;
    let old_file = master_key_file::adopt(&file, &new_file)
        .map_err(|e| format!("The master key {} can't be replaced: {e}.", file.display()))?;
    tracing::info!(old_master_key = %old_file.display(), "rotation of the master key completed");
    Ok(service)
}

async fn open_with(settings: &Config, options: Options, master: &MasterKey) -> service::Result<Service> {
    Service::open::<Migrator>(options, master, settings.cache_bytes, Clock::System).await
}

fn is_wrong_master_key(error: &service::Error) -> bool {
    matches!(error, service::Error::Invalid(faults) if faults.iter().any(|fault| fault.field == "master_key"))
}

/// Switches mail on, if the settings name a mail server.
pub fn enable_mail(service: &Service, settings: &Config) -> Result<(), String> {
    settings.mail().map_or(Ok(()), |mail| service.enable_mail(&mail)).map_err(|error| error.message)
}

/// Loads the master key. Creates it for a new instance only: under a new key no secret of an existing
/// database opens.
async fn master_key(settings: &Config) -> Result<MasterKey, String> {
    let path = settings.master_key_file();
    if settings.master_key.is_some() || path.exists() {
        return existing_master_key(settings);
    }
    let options = Options::new(settings.database_url(), 1);
    if service::store::has_instance(&options).await.map_err(|e| user_message(&e))? {
        return Err(missing_key(&path));
    }
    create_private_folder(&settings.data_dir)
        .map_err(|e| format!("The folder {} can't be created: {e}.", settings.data_dir.display()))?;
    MasterKey::load_or_create(&path)
        .map_err(|e| format!("The master key {} can't be created: {e}.", path.display()))
}

/// Loads the master key from the setting or from its file, which must exist.
pub fn existing_master_key(settings: &Config) -> Result<MasterKey, String> {
    if let Some(text) = &settings.master_key {
        return MasterKey::decode(text).map_err(|e| format!("The setting master_key is wrong: {e}"));
    }
    let path = settings.master_key_file();
    if !path.exists() {
        return Err(missing_key(&path));
    }
    MasterKey::load_or_create(&path)
        .map_err(|e| format!("The master key {} can't be read: {e}.", path.display()))
}

fn missing_key(path: &Path) -> String {
    format!(
        "The database has data, but its master key {} is missing. Restore the file from your backup; no other key \
         opens the license keys.",
        path.display()
    )
}

/// Finds the account of a slug, if one was given.
pub async fn find_account(service: &Service, slug: Option<String>) -> Result<Option<AccountId>, String> {
    let Some(slug) = slug else { return Ok(None) };
    let account = service::account::find_account(service, &slug).await;
    account.map(Some).map_err(|_| format!("There is no account {slug}."))
}

/// Names the argument of an invalid field.
#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
pub fn invalid_argument(error: FieldError) -> String {
    format!("--{}: {error}", error.field.replace('_', "-"))
}

/// Returns an error message for the operator's shell. It may contain the driver's text.
pub fn user_message(error: &service::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error} ({cause})"),
        None => error.to_string(),
    }
}
