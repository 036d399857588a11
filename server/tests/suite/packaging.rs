//! The files of `packaging` name settings, paths and versions that exist. `cargo xtask test packages` runs them.

use std::collections::BTreeSet;
use std::path::Path;

use http::StatusCode;
use server::config::Config;
use test_support::TestDatabase;

use crate::test_app::TestApp;

const SETTINGS: &str = include_str!("../../../packaging/debian/countersign.toml");
const UNIT: &str = include_str!("../../../packaging/debian/countersign.service");
const CONTAINERFILE: &str = include_str!("../../../packaging/Containerfile");
const COMPOSE: &str = include_str!("../../../packaging/compose.yaml");
const KUBERNETES: &str = include_str!("../../../packaging/kubernetes.yaml");
const MANIFEST: &str = include_str!("../../Cargo.toml");
const DOCUMENTS: [&str; 4] = [
    include_str!("../../../docs/operations.md"),
    include_str!("../../../docs/packages.md"),
    include_str!("../../../docs/performance.md"),
    include_str!("../../../docs/cluster.md"),
];

/// Loads the packaged settings, with those that are commented out, but for lines that begin so.
fn load(left_out: &[&str]) -> Config {
    let is_setting = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let uncommented = |line: &str| match line.strip_prefix('#') {
        Some(setting) if is_setting(setting) => setting.to_owned(),
        _ => line.to_owned(),
    };
    let lines = SETTINGS
        .lines()
        .map(uncommented)
        .filter(|line| !left_out.iter().any(|start| line.starts_with(start)));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("countersign.toml");
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).expect("written");
    Config::load(Some(&file), None).expect("valid settings")
}

/// Returns the variables that a file names.
fn variables(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_uppercase() && c != '_');
    words.filter_map(|word| word.strip_prefix("COUNTERSIGN_")).collect()
}

#[test]
fn packaged_settings_are_valid_also_with_those_commented_out() {
    // A database server excludes scheduled backups, and an ordered certificate that of files.
    assert_eq!(load(&["database_url", "tls_acme_"]).data_dir, Path::new("/var/lib/countersign"));
    assert!(load(&["backup_", "tls_certificate", "tls_key"]).database_url().starts_with("postgres://"));
}

#[test]
fn variables_of_containers_are_settings() {
    let settings = serde_json::to_value(Config::default()).expect("settings");
    for (name, text) in [("Containerfile", CONTAINERFILE), ("compose", COMPOSE), ("kubernetes", KUBERNETES)] {
        let variables = variables(text);
        assert!(!variables.is_empty(), "{name}");
        for variable in variables {
            assert!(settings.get(variable.to_ascii_lowercase()).is_some(), "{name}: {variable}");
        }
    }
}

#[test]
fn containers_run_this_version() {
    let image = format!("/countersign:{}\n", env!("CARGO_PKG_VERSION"));
    for text in [COMPOSE, KUBERNETES] {
        assert_eq!(text.matches("image: ").count(), text.matches(&image).count());
    }
}

#[test]
fn unit_runs_the_packaged_settings_in_its_folder() {
    for line in [
        "ExecStart=/usr/bin/countersign --config /etc/countersign/countersign.toml serve",
        "User=countersign",
        "StateDirectory=countersign",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=@system-service",
    ] {
        assert!(UNIT.lines().any(|found| found == line), "{line}");
    }
}

#[tokio::test]
async fn probes_answer() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let paths: Vec<&str> = KUBERNETES.lines().filter_map(|line| line.trim().strip_prefix("path: ")).collect();
    assert_eq!(paths.len(), 3);
    for path in paths {
        assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[test]
fn links_of_packaged_documents_lead_to_packaged_files() {
    let packaged: Vec<&str> = MANIFEST
        .lines()
        .filter_map(|line| line.trim().strip_prefix("[\"../docs/")?.split('"').next())
        .collect();
    let is_packaged = |link: &str| {
        let folder = link.rsplit_once('/').map(|(folder, _)| format!("{folder}/*"));
        packaged.contains(&link) || folder.is_some_and(|folder| packaged.contains(&folder.as_str()))
    };
    let is_for_developers = |link: &str| link.starts_with("decisions/") || link.starts_with("../");
    for document in DOCUMENTS {
        for link in document.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            // An empty link leads to a section of the same document.
            let is_elsewhere = link.is_empty() || link.contains("://") || is_for_developers(link);
            let is_folder = packaged.contains(&format!("{link}/*").as_str());
            assert!(is_elsewhere || is_folder || is_packaged(link), "{link} is not in the package");
        }
    }
}

#[test]
fn pod_pauses_before_its_server_stops() {
    let number = |name: &str| -> u32 {
        let line = KUBERNETES.lines().find_map(|line| line.trim().strip_prefix(name));
        line.and_then(|value| value.trim().parse().ok()).expect("a number")
    };
    // The server takes up to 20 s for requests and usage counts, and two for spans.
    assert!(number("terminationGracePeriodSeconds:") > number("seconds:") + 22);
}
