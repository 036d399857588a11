//! SQL templates for SQLite and PostgreSQL.
//!
//! Placeholders such as `:uuid` stand for the words that differ. Times are `:bigint`, in
//! milliseconds since the epoch, UTC. On SQLite all tables are STRICT, so that column types
//! are enforced on both databases.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseBackend, DbErr};

const SQLITE: &[(&str, &str)] = &[
    (":uuid", "BLOB"),
    (":bytes", "BLOB"),
    (":bigint", "INTEGER"),
    (":int", "INTEGER"),
    (":bool", "INTEGER"),
    // Compares bytewise, so that a prefix search is an index range.
    (":text_c", "TEXT"),
    (":sequence", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    // A table WITHOUT ROWID is one B-tree, sorted by its primary key.
    (":clustered", "STRICT, WITHOUT ROWID"),
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
    (":clustered", ""),
    (":end", ""),
];

/// Runs a file of statements, each terminated by a semicolon at the end of a line.
///
/// # Errors
/// Returns [`DbErr`] if a statement fails or the database is not supported.
pub async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let placeholders = match manager.get_database_backend() {
        DatabaseBackend::Sqlite => SQLITE,
        DatabaseBackend::Postgres => POSTGRES,
        other => {
            return Err(DbErr::Migration(format!(
                "{other:?} is not supported: use sqlite:// or postgres://"
            )));
        }
    };
    let text = placeholders.iter().fold(sql.to_owned(), |text, (name, word)| text.replace(name, word));
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

/// Runs a file on PostgreSQL as it is: [`run`] would split the statements of a block. SQLite has no partitions, and
/// nothing to do.
///
/// # Errors
/// Returns [`DbErr`] if a statement fails.
pub async fn run_on_postgres(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}
