//! The fixtures of releases: a database of both engines, as that release wrote it, and its answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use serde_json::Value;

use test_support::{TestDatabase, texts};

/// A release with its fixtures, which `tests/fixtures/make.py` has made.
pub struct Release {
    folder: PathBuf,
}

/// Returns all releases whose databases this version upgrades: each folder of a release.
pub fn releases() -> Vec<Release> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = fs::read_dir(fixtures).expect("the fixtures").map(|entry| entry.expect("an entry").path());
    let releases: Vec<Release> =
        folders.filter(|folder| folder.is_dir()).map(|folder| Release { folder }).collect();
    assert!(!releases.is_empty(), "there are fixtures of releases");
    releases
}

impl Release {
    fn read(&self, db: &TestDatabase, kind: &str) -> String {
        let engine = if db.is_sqlite() { "sqlite" } else { "postgres" };
        let file = self.folder.join(format!("{engine}.{kind}"));
        fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
    }

    /// Returns what the release knew of its database: keys, tokens, and its answers.
    pub fn document(&self, db: &TestDatabase) -> Value {
        serde_json::from_str(&self.read(db, "json")).expect("JSON")
    }

    /// Restores the dump into a database of its own.
    pub async fn restore(&self, db: &TestDatabase) -> TestDatabase {
        let sql = self.read(db, "sql");
        let db = db.without_schema().await;
        let raw = connect(&db).await;
        raw.execute_unprepared(&sql).await.expect("the dump");
        raw.close().await.expect("closed");
        db
    }
}

/// Opens one connection, because a dump sets variables of its session. Creates a missing file.
pub async fn connect(db: &TestDatabase) -> DatabaseConnection {
    let url = if db.is_sqlite() { format!("{}?mode=rwc", db.url) } else { db.url.clone() };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("a connection")
}

/// The columns of each table.
pub type Columns = BTreeMap<String, Vec<String>>;

/// Returns the columns of all tables but that of the migrations.
pub async fn columns(raw: &DatabaseConnection, is_sqlite: bool) -> Columns {
    let sql = if is_sqlite {
        "SELECT t.name || '.' || c.name AS text FROM sqlite_master t, pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'seaql_migrations'"
    } else {
        "SELECT CAST(table_name || '.' || column_name AS text) AS text FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'"
    };
    let mut columns = Columns::new();
    for name in texts(raw, sql).await {
        let (table, column) = name.split_once('.').expect("a column");
        columns.entry(table.to_owned()).or_default().push(column.to_owned());
    }
    columns
}

/// Returns the rows of each table as sorted texts, with these columns alone.
pub async fn rows(
    raw: &DatabaseConnection,
    is_sqlite: bool,
    columns: &Columns,
) -> BTreeMap<String, Vec<String>> {
    let mut rows = BTreeMap::new();
    for (table, columns) in columns {
        let text = if is_sqlite {
            columns.iter().map(|name| format!("quote(\"{name}\")")).collect::<Vec<_>>().join(" || ',' || ")
        } else {
            let names: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
            format!("CAST(ROW({}) AS text)", names.join(", "))
        };
        let mut found = texts(raw, &format!("SELECT {text} AS text FROM \"{table}\"")).await;
        found.sort_unstable();
        rows.insert(table.clone(), found);
    }
    rows
}
