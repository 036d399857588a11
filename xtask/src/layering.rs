//! Layering: the dependencies that each crate must not have. See ARCHITECTURE.md.

use crate::cmd::{Result, cargo, output, workspace_root};

struct Rule {
    package: &'static str,
    /// Further arguments of `cargo tree`.
    args: &'static [&'static str],
    forbidden: &'static [&'static str],
    reason: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        package: "frontend",
        args: &["--target", "wasm32-unknown-unknown"],
        forbidden: &[
            "sea-orm",
            "sqlx",
            "tokio",
            "axum",
            "argon2",
            "reqwest",
            "service",
            "migrations",
            "server",
        ],
        reason: "the WebAssembly build must not contain server code",
    },
    Rule {
        package: "domain",
        args: &[],
        forbidden: &["leptos", "axum", "tokio", "sea-orm", "sqlx", "app", "service", "migrations", "server"],
        reason: "the business rules must not depend on a framework",
    },
    Rule {
        package: "migrations",
        args: &[],
        forbidden: &["domain", "app", "service", "server", "frontend"],
        reason: "old migrations must not change with new code",
    },
    Rule {
        package: "service",
        args: &[],
        forbidden: &["leptos", "axum", "app", "server", "frontend", "migrations"],
        reason: "use cases must not depend on HTTP or the user interface",
    },
    Rule {
        package: "server",
        args: &[],
        forbidden: &["frontend", "test-support", "xtask", "baseline"],
        reason: "the binary must not contain tests or the build",
    },
];

/// Checks every rule, and that Cargo.lock contains one sqlx and the tested version of SQLite.
pub fn check() -> Result {
    for rule in RULES {
        let mut tree = cargo();
        tree.args([
            "tree",
            "--package",
            rule.package,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]);
        tree.args(rule.args);
        let tree =
            output(&mut tree).ok_or_else(|| format!("`cargo tree --package {}` failed.", rule.package))?;
        let names = tree.lines().skip(1).filter_map(|line| line.split(' ').next());
        if let Some(found) = names.into_iter().find(|name| rule.forbidden.contains(name)) {
            return Err(format!("Layering: {} depends on {found}, but {}.", rule.package, rule.reason));
        }
    }
    let lock = std::fs::read_to_string(workspace_root().join("Cargo.lock"))
        .map_err(|e| format!("Cargo.lock: {e}."))?;
    let versions = |name: &str| {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let found = lock.split(&entry).skip(1).filter_map(|rest| rest.split('"').next());
        found.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let sqlx = versions("sqlx");
    if sqlx.len() != 1 {
        return Err(format!(
            "Cargo.lock must contain exactly one sqlx, but contains {sqlx:?}. A second one brings an older SQLite."
        ));
    }
    let sqlite = versions("libsqlite3-sys");
    if sqlite != ["0.37.0"] {
        return Err(format!(
            "Cargo.lock contains libsqlite3-sys {sqlite:?}, but the tested version is 0.37.0 (SQLite 3.51.3). Older \
             versions have a bug that corrupts WAL files. For a newer one, run all tests, then change this check."
        ));
    }
    println!("Layering: no forbidden dependency, one sqlx, the tested SQLite.");
    Ok(())
}
