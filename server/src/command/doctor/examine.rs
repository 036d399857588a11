//! All checks of an installation.

use std::path::Path;
use std::time::Duration;

use migrations::Migrator;
use service::Clock;
use service::inspection::{Engine, inspect};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::code::Code;
use super::public_url::{self, Known};
use super::report::{Finding, Report};
use super::{
    backups, database, disk, files, mail, master_key, ordered_certificate, own_certificate, running, settings,
};
use crate::config::Config;

/// Longest check of the structure of a SQLite file. It reads the whole file, and keeps the WAL from restarting.
const INTEGRITY_LIMIT: Duration = Duration::from_secs(30);

/// Longest look at the files of a disk.
const DISK_LIMIT: Duration = Duration::from_secs(5);

/// Checks an installation. `config_file` is the file of its settings, if there is one.
pub async fn examine(config: &Config, config_file: Option<&Path>) -> Report {
    let url = config.database_url();
    let acme = config.acme();
    let subject = acme.as_ref().map(|acme| &acme.subject);
    let (inspected, mail, server) = tokio::join!(
        inspect::<Migrator>(&url, INTEGRITY_LIMIT, subject),
        mail::check(config),
        running::check(config)
    );
    let inspected = inspected.as_ref().map(Option::as_ref);
    let server_runs = server.code() != Code::ServerNotRunning;
    let missing = if let Ok(None) = inspected {
        let judge = move |config: &Config| vec![database::missing(config, server_runs)];
        of_disks(DISK_LIMIT, "data", config, judge).await
    } else {
        Vec::new()
    };
    let is_lost = missing.iter().any(|finding| finding.code() == Code::DatabaseLost);
    let (key_findings, keys) = master_key::check(config, inspected, is_lost);
    let instance = inspected.ok().flatten().and_then(|inspection| inspection.instance.as_ref());
    let known = Known {
        instance: keys.as_ref().zip(instance.map(|instance| instance.id)),
        server_runs,
        now: Clock::System.now(),
    };
    let file_bytes = inspected.ok().flatten().and_then(|inspection| match &inspection.engine {
        Engine::Sqlite(state) => Some(state.bytes),
        Engine::Postgres(_) => None,
    });
    let mut findings = settings::check(config);
    let file = config_file.map(Path::to_owned);
    let of_data = move |config: &Config| {
        let mut findings = files::check(config, file.as_deref());
        findings.extend(disk::data(config, file_bytes));
        findings
    };
    let now = known.now;
    let of_backups = move |config: &Config| {
        let mut findings = backups::check(config, now);
        findings.extend(disk::backups(config, file_bytes));
        findings
    };
    let (of_data, of_backups) = tokio::join!(
        of_disks(DISK_LIMIT, "data", config, of_data),
        of_disks(DISK_LIMIT, "backups", config, of_backups)
    );
    findings.extend(of_data);
    findings.extend(of_backups);
    findings.extend(database::check(inspected));
    findings.extend(missing);
    findings.extend(key_findings);
    findings.extend(own_certificate::check(config, now).await);
    // A database that can't be read is another finding.
    if let Ok(inspection) = inspected {
        let order = inspection.and_then(|inspection| inspection.certificate.as_ref());
        findings.extend(ordered_certificate::check(config, order, now));
    }
    findings.extend(public_url::check(config, &known).await);
    findings.extend([mail, server]);
    Report::new(findings)
}

/// Runs a check of files in a thread of its own: a network disk whose server is gone keeps it for ever.
async fn of_disks(
    limit: Duration,
    content: &str,
    config: &Config,
    check: impl FnOnce(&Config) -> Vec<Finding> + Send + 'static,
) -> Vec<Finding> {
    let config = config.clone();
    match timeout(limit, spawn_blocking(move || check(&config))).await {
        Ok(Ok(findings)) => findings,
        Ok(Err(_)) | Err(_) => vec![Finding::fault(
            Code::DiskNotAnswering,
            format!("The disk of the {content} did not answer within {} s.", limit.as_secs()),
            "Check its mount: a network disk whose server is gone does not answer. The server waits for it too.",
        )],
    }
}

/// Reports settings that can't be read. Nothing else can be checked.
pub fn settings_are_invalid(sentence: String) -> Report {
    let remedy = "Correct the setting: the variable COUNTERSIGN_ and its name, or its line in the file of --config. All \
                  settings are in docs/operations.md.";
    Report::new(vec![Finding::fault(Code::SettingsInvalid, sentence, remedy)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn disk_that_does_not_answer_is_a_finding() {
        let (answer, question) = std::sync::mpsc::channel::<()>();
        let check = move |_: &Config| {
            let _ = question.recv();
            Vec::new()
        };
        let findings = of_disks(Duration::from_millis(50), "backups", &Config::default(), check).await;
        assert_eq!(findings[0].code(), Code::DiskNotAnswering);
        drop(answer);
    }
}
