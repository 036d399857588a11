//! All checks of an installation.

use std::path::Path;
use std::time::Duration;

use migrations::Migrator;
use service::Clock;
use service::inspection::{Engine, inspect};

use super::super::context::user_message;
use super::code::Code;
use super::public_url::{self, Known};
use super::report::{Finding, Report};
use super::{backups, database, disk, files, mail, master_key, own_certificate, running, settings};
use crate::config::Config;

/// Longest check of the structure of a SQLite file. It reads the whole file, and keeps the WAL from restarting.
const INTEGRITY_LIMIT: Duration = Duration::from_secs(30);

/// Checks an installation. `config_file` is the file of its settings, if there is one.
pub async fn examine(config: &Config, config_file: Option<&Path>) -> Report {
    let url = config.database_url();
    let (inspected, mail, server) =
        tokio::join!(inspect::<Migrator>(&url, INTEGRITY_LIMIT), mail::check(config), running::check(config));
    let inspected = inspected.map_err(|error| user_message(&error));
    let inspected = inspected.as_ref().map(Option::as_ref).map_err(String::as_str);
    let (key_findings, keys) = master_key::check(config, inspected);
    let instance = inspected.ok().flatten().and_then(|inspection| inspection.instance.as_ref());
    let known = Known {
        instance: keys.as_ref().zip(instance.map(|instance| instance.id)),
        server_runs: server.code() != Code::ServerNotRunning,
        now: Clock::System.now(),
    };
    let file_bytes = inspected.ok().flatten().and_then(|inspection| match &inspection.engine {
        Engine::Sqlite(state) => Some(state.bytes),
        Engine::Postgres(_) => None,
    });
    let mut findings = settings::check(config);
    findings.extend(files::check(config, config_file));
    findings.extend(disk::check(config, file_bytes));
    findings.extend(database::check(inspected));
    findings.extend(key_findings);
    findings.extend(backups::check(config, known.now));
    findings.extend(own_certificate::check(config, known.now).await);
    findings.extend(public_url::check(config, &known).await);
    findings.extend([mail, server]);
    Report::new(findings)
}

/// Reports settings that can't be read. Nothing else can be checked.
pub fn settings_are_invalid(sentence: String) -> Report {
    let remedy = "Correct the setting: the variable COUNTERSIGN_ and its name, or its line in the file of --config. All \
                  settings are in docs/operations.md.";
    Report::new(vec![Finding::fault(Code::SettingsInvalid, sentence, remedy)])
}
