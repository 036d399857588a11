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

/// Loads the packaged settings, with those that are commented out, but for lines that begin so.
fn load(left_out: &str) -> Config {
    let is_setting = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let uncommented = |line: &str| match line.strip_prefix('#') {
        Some(setting) if is_setting(setting) => setting.to_owned(),
        _ => line.to_owned(),
    };
    let lines = SETTINGS.lines().map(uncommented).filter(|line| !line.starts_with(left_out));
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
    assert_eq!(load("database_url").data_dir, Path::new("/var/lib/countersign"));
    assert!(load("backup_").database_url().starts_with("postgres://"));
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
