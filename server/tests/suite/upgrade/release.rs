//! The fixtures of releases: a database of both engines, as that release wrote it, and its answers.

use std::collections::BTreeMap;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use serde_json::Value;

use test_support::{TestDatabase, texts};

/// The dump and the document of one engine.
struct Fixture {
    sql: &'static str,
    document: &'static str,
}

/// A release with its fixtures, which `tests/fixtures/make.py` has made.
pub struct Release {
    sqlite: Fixture,
    postgres: Fixture,
}

macro_rules! fixture {
    ($release:literal, $engine:literal) => {
        Fixture {
            sql: include_str!(concat!("../../fixtures/release-", $release, "/", $engine, ".sql")),
            document: include_str!(concat!("../../fixtures/release-", $release, "/", $engine, ".json")),
        }
    };
}

macro_rules! release {
    ($release:literal) => {
        Release { sqlite: fixture!($release, "sqlite"), postgres: fixture!($release, "postgres") }
    };
}

/// All releases whose databases this version upgrades.
pub const RELEASES: &[Release] = &[release!("0.1.0")];

impl Release {
    fn fixture(&self, db: &TestDatabase) -> &Fixture {
        if db.is_sqlite() { &self.sqlite } else { &self.postgres }
    }

    /// Returns what the release knew of its database: keys, tokens, and its answers.
    pub fn document(&self, db: &TestDatabase) -> Value {
        serde_json::from_str(self.fixture(db).document).expect("JSON")
    }

    /// Restores the dump into a database of its own.
    pub async fn restore(&self, db: &TestDatabase) -> TestDatabase {
        let sql = self.fixture(db).sql;
        let db = db.without_schema().await;
        let raw = connect(&db).await;
        raw.execute_unprepared(sql).await.expect("the dump");
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
