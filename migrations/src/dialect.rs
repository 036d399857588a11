//! One text of SQL for two databases.
//!
//! Words that differ are written `:name` in the files and filled in here. Times
//! are `:bigint`, milliseconds since the epoch in UTC; on SQLite all tables are
//! STRICT, so that a column holds what it says on both.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseBackend, DbErr};

const SQLITE: &[(&str, &str)] = &[
    (":uuid", "BLOB"),
    (":bytes", "BLOB"),
    (":bigint", "INTEGER"),
    (":int", "INTEGER"),
    (":bool", "INTEGER"),
    // Sorts and compares by bytes, so that a prefix is a range of an index.
    (":text_c", "TEXT"),
    (":sequence", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    (":end", "STRICT"),
];

const POSTGRES: &[(&str, &str)] = &[
    (":uuid", "uuid"),
    (":bytes", "bytea"),
    (":bigint", "bigint"),
    (":int", "integer"),
    (":bool", "boolean"),
    (":text_c", "text COLLATE \"C\""),
    (":sequence", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    (":end", ""),
];

/// Runs a file of statements, each ended by a semicolon at the end of its line.
///
/// # Errors
/// Those of the database.
pub async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let words = match manager.get_database_backend() {
        DatabaseBackend::Sqlite => SQLITE,
        DatabaseBackend::Postgres => POSTGRES,
        other => {
            return Err(DbErr::Migration(format!(
                "{other:?} is not supported: use sqlite:// or postgres://"
            )));
        }
    };
    let text = words.iter().fold(sql.to_owned(), |text, (word, meaning)| text.replace(word, meaning));
    for statement in text.split(";\n") {
        let code: String = statement
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n");
        if !code.trim().is_empty() {
            manager.get_connection().execute_unprepared(&code).await?;
        }
    }
    Ok(())
}
