//! Migrated databases without rows, which tests copy. Running every migration for each test took most of
//! the tests' time.

use std::path::Path;

use migrations::Migrator;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait as _;
use service::new_id;
use tokio::sync::OnceCell;

/// The bytes of a migrated SQLite file.
static SQLITE: OnceCell<Vec<u8>> = OnceCell::const_new();
/// The name of a migrated PostgreSQL database.
static POSTGRES: OnceCell<String> = OnceCell::const_new();

/// Writes a migrated database to `path`. Keeps a file that exists.
pub async fn copy_sqlite(path: &Path) {
    if path.exists() {
        return;
    }
    let bytes = SQLITE.get_or_init(migrate_sqlite).await;
    std::fs::write(path, bytes).expect("the database file");
}

async fn migrate_sqlite() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("template.db");
    let connection =
        Database::connect(format!("sqlite://{}?mode=rwc", file.display())).await.expect("SQLite");
    Migrator::up(&connection, None).await.expect("migrations");
    connection.close().await.expect("closed");
    std::fs::read(file).expect("the database file")
}

/// Creates the PostgreSQL database `name` with the migrated schema.
pub async fn copy_postgres(admin: &str, name: &str) {
    let template = POSTGRES.get_or_init(|| migrate_postgres(admin)).await;
    create(admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
}

/// Creates the empty PostgreSQL database `name`.
pub async fn create_empty_postgres(admin: &str, name: &str) {
    create(admin, &format!("CREATE DATABASE {name}")).await;
}

async fn migrate_postgres(admin: &str) -> String {
    let name = format!("template_{}", new_id().simple());
    create_empty_postgres(admin, &name).await;
    let connection = connect(&url(admin, &name)).await;
    Migrator::up(&connection, None).await.expect("migrations");
    // PostgreSQL copies no database that has connections.
    connection.close().await.expect("closed");
    name
}

async fn create(admin: &str, sql: &str) {
    let connection = connect(admin).await;
    connection.execute_unprepared(sql).await.expect("a database");
    connection.close().await.expect("closed");
}

async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("PostgreSQL")
}

/// Returns the URL of another database of the same server.
pub fn url(admin: &str, name: &str) -> String {
    let (server, _) = admin.rsplit_once('/').expect("a URL with a database");
    format!("{server}/{name}")
}
