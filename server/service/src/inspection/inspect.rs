//! One look at a database.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use sea_orm_migration::MigratorTrait;

use super::instance::{self, InstanceRow};
use super::postgres::{self, PostgresState};
use super::schema::{self, SchemaState};
use super::sqlite::{self, Integrity, SqliteState};
use crate::Result;
use crate::store::sqlite_file;

/// The state of a database.
pub struct Inspection {
    /// What only one kind of database has.
    pub engine: Engine,
    /// The migrations.
    pub schema: SchemaState,
    /// The row of the instance; `None` if the schema was never migrated.
    pub instance: Option<InstanceRow>,
}

/// The kind of a database, with its state.
pub enum Engine {
    /// A SQLite file.
    Sqlite(SqliteState),
    /// A database of PostgreSQL.
    Postgres(PostgresState),
}

/// Reads the state of a database. `None` if the SQLite file is missing or empty. The check of the file's structure
/// ends after `integrity_limit`.
///
/// # Errors
/// Returns an error if the database cannot be reached or read.
pub async fn inspect<M: MigratorTrait>(url: &str, integrity_limit: Duration) -> Result<Option<Inspection>> {
    let Some(file) = sqlite_file(url) else {
        let db = postgres::connect(url).await?;
        let inspection = Inspection {
            schema: schema::read::<M>(&db).await?,
            instance: instance::read(&db).await?,
            engine: Engine::Postgres(postgres::read(&db).await?),
        };
        let _ = db.close().await;
        return Ok(Some(inspection));
    };
    if is_missing(&file) {
        return Ok(None);
    }
    let db = sqlite::connect(&file).await?;
    let schema = schema::read::<M>(&db).await?;
    let instance = instance::read(&db).await?;
    // Last, because a check that is not finished keeps the connection.
    let state = sqlite::read(&db, &file, integrity_limit).await?;
    if state.integrity != Integrity::Unfinished {
        let _ = db.close().await;
    }
    Ok(Some(Inspection { engine: Engine::Sqlite(state), schema, instance }))
}

/// Returns whether a file does not exist or is empty. A file that cannot be looked at is not missing.
fn is_missing(file: &Path) -> bool {
    match file.metadata() {
        Ok(file) => file.len() == 0,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}
