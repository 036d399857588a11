//! The arrows between crates: what each may stand on. See ARCHITECTURE.md.

use crate::cmd::{Result, cargo, output, workspace_root};

struct Rule {
    package: &'static str,
    args: &'static [&'static str],
    forbidden: &'static [&'static str],
    why: &'static str,
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
        why: "what runs in the browser must not reach the server's half",
    },
    Rule {
        package: "domain",
        args: &[],
        forbidden: &["leptos", "axum", "tokio", "sea-orm", "sqlx", "app", "service", "migrations", "server"],
        why: "rules know no framework",
    },
    Rule {
        package: "migrations",
        args: &[],
        forbidden: &["domain", "app", "service", "server", "frontend"],
        why: "old migrations must not change with new code",
    },
    Rule {
        package: "service",
        args: &[],
        forbidden: &["leptos", "axum", "app", "server", "frontend", "migrations"],
        why: "use cases know no face",
    },
];

/// Checks every rule, and that the lock file holds one sqlx with the SQLite it
/// was tested with.
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
            return Err(format!(
                "An arrow turns back: {} depends on {found}, but {}.",
                rule.package, rule.why
            ));
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
            "Cargo.lock must hold exactly one sqlx, and holds {sqlx:?}: a second one brings an older SQLite."
        ));
    }
    let sqlite = versions("libsqlite3-sys");
    if sqlite != ["0.37.0"] {
        return Err(format!(
            "Cargo.lock holds libsqlite3-sys {sqlite:?}; 0.37.0 (SQLite 3.51.3) is what was tested. \
             Never below it: older ones have a bug that corrupts WAL files. Above it: test, then change this line."
        ));
    }
    println!("The arrows are straight; one sqlx, SQLite as tested.");
    Ok(())
}
