//! Looks at a database without creating or changing it.

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DbErr};

use super::options::Options;
use super::sqlite;
use crate::Result;

/// Returns whether the database holds an instance of Countersign.
///
/// # Errors
/// Returns an error if the database exists and cannot be reached.
pub async fn has_instance(options: &Options) -> Result<bool> {
    if let Some(file) = sqlite::file_of_url(&options.url)
        && file.metadata().is_ok_and(|file| file.len() == 0) | !file.exists()
    {
        return Ok(false);
    }
    let mut connect = ConnectOptions::new(&options.url);
    connect.max_connections(1).sqlx_logging(false);
    let db = Database::connect(connect).await?;
    let found = db.execute_unprepared("SELECT 1 FROM instance WHERE id = 1").await;
    let _ = db.close().await;
    match found {
        Ok(found) => Ok(found.rows_affected() > 0 || sqlite::file_of_url(&options.url).is_some()),
        // The table does not exist.
        Err(DbErr::Exec(_) | DbErr::Query(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
