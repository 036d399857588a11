//! The health of the instance, from what this node knows and short reads.

use std::path::Path;

use domain::view::{DatabaseHealth, HealthView, QueueHealth};
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, Statement};

use super::Operator;
use crate::account::Member;
use crate::store::entity::{bulk_jobs, license_imports};
use crate::store::sqlite_file;
use crate::{Result, Service, mail, node, webhook};

/// Returns the health of the instance, as this node sees it.
///
/// # Errors
/// [`crate::Error::NotFound`] if the user is no operator, or another [`crate::Error`] if the database fails.
#[tracing::instrument(name = "operator.health", skip_all, err(level = "debug"))]
pub async fn health(service: &Service, member: &Member) -> Result<HealthView> {
    Operator::of(member)?;
    Ok(HealthView {
        notices: service.notices().texts(),
        database: database(service).await?,
        workers_run: service.workers_are_running(),
        cache_is_current: service.cache.is_current(),
        licenses: service.cache.health(),
        machines: service.machine_cache.health(),
        queues: queues(service).await?,
        mail: mail::health(service).await?,
        webhooks: webhook::health(service).await?,
        backups: service.backups().health(),
        certificate: service.certificate().health(),
        nodes: node::list(service).await?,
    })
}

/// Returns kind and version of the database, and the sizes of the files of SQLite.
async fn database(service: &Service) -> Result<DatabaseHealth> {
    let (kind, sql) = if service.store.is_sqlite() {
        ("SQLite", "SELECT sqlite_version() AS version")
    } else {
        ("PostgreSQL", "SELECT current_setting('server_version') AS version")
    };
    let statement = Statement::from_string(service.store.backend(), sql);
    let row = service.store.read().query_one_raw(statement).await?;
    let version = row.map(|row| row.try_get::<String>("", "version")).transpose()?;
    let file = sqlite_file(&service.options.url);
    let wal_bytes = file.as_ref().map(|file| {
        let mut wal = file.clone().into_os_string();
        wal.push("-wal");
        // Without a WAL, nothing waits in it.
        size(Path::new(&wal)).unwrap_or(0)
    });
    Ok(DatabaseHealth {
        kind: kind.to_owned(),
        version: version.unwrap_or_default(),
        file_bytes: file.and_then(|file| size(&file)),
        wal_bytes,
    })
}

/// Returns the size of a file in bytes, if it can be read.
fn size(file: &Path) -> Option<u64> {
    file.metadata().ok().map(|file| file.len())
}

/// Returns the requests that wait on this node, and the jobs that run on any node.
async fn queues(service: &Service) -> Result<QueueHealth> {
    let db = service.store.read();
    let (domain_activations, capacity) = service.domain_activations.queue_depth();
    let (machine_activations, _) = service.machine_activations.queue_depth();
    Ok(QueueHealth {
        domain_activations: domain_activations as u64,
        machine_activations: machine_activations as u64,
        capacity: capacity as u64,
        usage_counts: service.usage.len() as u64,
        // Literals, because the indexes are partial.
        bulk_jobs: bulk_jobs::Entity::find().filter(Expr::cust("state = 'running'")).count(db).await?,
        imports: license_imports::Entity::find()
            .filter(Expr::cust("state IN ('importing', 'removing')"))
            .count(db)
            .await?,
    })
}
