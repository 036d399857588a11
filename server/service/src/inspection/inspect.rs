//! One look at a database.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use sea_orm_migration::MigratorTrait;
use tokio::time::timeout;

use super::certificate::{self, OrderedCertificate};
use super::error::InspectionError;
use super::instance::{self, InstanceRow};
use super::postgres::{self, PostgresState};
use super::schema::SchemaState;
use super::sqlite::{Integrity, SqliteFile, SqliteState};
use crate::Result;
use crate::certificate::CertificateSubject;
use crate::error::sqlite_damage;
use crate::store::{pooler, sqlite_file};

/// Longest look at a database of PostgreSQL. Its single statements end sooner.
const POSTGRES_LIMIT: Duration = Duration::from_secs(15);

/// The state of a database.
pub struct Inspection {
    /// What only one kind of database has.
    pub engine: Engine,
    /// The migrations.
    pub schema: SchemaState,
    /// The row of the instance; `None` if the schema was never migrated.
    pub instance: Option<InstanceRow>,
    /// The certificate that the server orders; `None` if it orders none, or none is known yet.
    pub certificate: Option<OrderedCertificate>,
}

/// The kind of a database, with its state.
pub enum Engine {
    /// A SQLite file.
    Sqlite(SqliteState),
    /// A database of PostgreSQL.
    Postgres(PostgresState),
}

/// Reads the state of a database. `None` if the SQLite file is missing or empty. The check of the file's structure
/// ends after `integrity_limit`. `subject` is what certificate the server orders, if it does.
///
/// # Errors
/// Returns the reason if the database cannot be reached or read.
pub async fn inspect<M: MigratorTrait>(
    url: &str,
    integrity_limit: Duration,
    subject: Option<&CertificateSubject>,
) -> Result<Option<Inspection>, InspectionError> {
    let Some(file) = sqlite_file(url) else {
        let inspection = timeout(POSTGRES_LIMIT, inspect_postgres::<M>(url, subject)).await;
        let inspection = inspection.map_err(|_| InspectionError::TimedOut(POSTGRES_LIMIT.as_secs()))?;
        return Ok(Some(inspection?));
    };
    if is_missing(&file) {
        return Ok(None);
    }
    let file = SqliteFile::new(&file);
    match inspect_sqlite::<M>(&file, integrity_limit, subject).await {
        Ok(inspection) => Ok(Some(inspection)),
        Err(error) => Err(match sqlite_damage(&error) {
            Some(_) if file.has_changed() => InspectionError::Changed,
            Some(damage) => InspectionError::Damaged(damage),
            None => InspectionError::Failed(error),
        }),
    }
}

async fn inspect_postgres<M: MigratorTrait>(
    url: &str,
    subject: Option<&CertificateSubject>,
) -> Result<Inspection, InspectionError> {
    let db = postgres::connect(url).await?;
    if pooler::shares_sessions(&db.get_postgres_connection_pool().connect_options()).await? {
        return Err(InspectionError::Pooled);
    }
    let inspection = Inspection {
        schema: SchemaState::read::<M>(&db).await?,
        instance: instance::read(&db).await?,
        certificate: certificate::read(&db, subject).await?,
        engine: Engine::Postgres(postgres::read(&db).await?),
    };
    let _ = db.close().await;
    Ok(inspection)
}

async fn inspect_sqlite<M: MigratorTrait>(
    file: &SqliteFile,
    integrity_limit: Duration,
    subject: Option<&CertificateSubject>,
) -> Result<Inspection> {
    let db = file.connect().await?;
    let schema = SchemaState::read::<M>(&db).await?;
    let instance = instance::read(&db).await?;
    let certificate = certificate::read(&db, subject).await?;
    // Last, because a check that is not finished keeps the connection.
    let state = file.read(&db, integrity_limit).await?;
    if !matches!(state.integrity, Integrity::Unfinished(_)) {
        let _ = db.close().await;
    }
    Ok(Inspection { engine: Engine::Sqlite(state), schema, instance, certificate })
}

/// Returns whether a file does not exist or is empty. A file that cannot be looked at is not missing.
fn is_missing(file: &Path) -> bool {
    match file.metadata() {
        Ok(file) => file.len() == 0,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}
