//! Prepares chunks for their transaction: opens, parses, digests and seals them on a thread of their own,
//! while the chunks before are written.

use domain::import::{ImportedLicense, parse_record};
use domain::{IssuedKey, LicenseId};
use tokio::task::{JoinHandle, spawn_blocking};

use super::check;
use super::chunk::{self, ROWS_PER_CHUNK};
use super::file_row::FileRow;
use super::plan::Plan;
use super::row;
use crate::secrets::{KeyDigests, Purpose};
use crate::store::entity::license_imports;
use crate::{Error, Result, Service};

/// A row that is ready for its transaction.
pub(super) struct PreparedRow {
    pub line: u64,
    pub id: LicenseId,
    pub license: ImportedLicense,
    /// The digests and the sealed key. `None` if a key is to be generated.
    pub key: Option<(KeyDigests, Vec<u8>)>,
}

/// Consecutive chunks of an import.
pub(super) struct Prepared {
    /// The number of the first chunk.
    pub position: i64,
    /// The chunks. None are left if it is empty.
    pub chunks: Vec<Vec<PreparedRow>>,
}

/// Prepares up to `most` chunks from the chunk `position` on.
pub(super) async fn prepare(
    service: &Service,
    import: &license_imports::Model,
    position: i64,
    most: u64,
) -> Result<Prepared> {
    let sealed = chunk::load(service.store.read(), import.id, position, most).await?;
    let plan = row::plan(import)?;
    let (service, import) = (service.clone(), import.clone());
    let prepare = move || {
        let mut chunks = Vec::with_capacity(sealed.len());
        for chunk in &sealed {
            let rows = chunk::open(&service, chunk)?;
            let first_row = chunk.number.unsigned_abs() * ROWS_PER_CHUNK as u64;
            let numbered = (first_row..).zip(rows);
            let rows: Result<Vec<_>> = numbered
                .filter_map(|(n, file_row)| prepare_row(&service, &import, &plan, n, file_row))
                .collect();
            chunks.push(rows?);
        }
        Ok(Prepared { position, chunks })
    };
    finished(spawn_blocking(prepare)).await
}

/// Waits for chunks that are being prepared.
pub(super) async fn finished(task: JoinHandle<Result<Prepared>>) -> Result<Prepared> {
    task.await.map_err(|error| Error::Internal(format!("preparing rows of an import failed: {error}")))?
}

/// Prepares chunks in the background.
pub(super) fn spawn(
    service: &Service,
    import: &license_imports::Model,
    position: i64,
    most: u64,
) -> JoinHandle<Result<Prepared>> {
    let (service, import) = (service.clone(), import.clone());
    tokio::spawn(async move { prepare(&service, &import, position, most).await })
}

/// Reads a row again, which was good when the file was received.
fn prepare_row(
    service: &Service,
    import: &license_imports::Model,
    plan: &Plan,
    number: u64,
    FileRow { line, cells }: FileRow,
) -> Option<Result<PreparedRow>> {
    let license = parse_record(&plan.header, cells.iter().map(String::as_str), plan.rules).ok()??;
    let id = row::license_id(import, number);
    let seal = |key: &IssuedKey| {
        let sealed = service.keys.seal(Purpose::LicenseKey, id.0, key.expose().as_bytes())?;
        Ok((check::digests_of(service, &key.lookup()), sealed))
    };
    let key = license.key.as_ref().map(seal).transpose();
    Some(key.map(|key| PreparedRow { line, id, license, key }))
}
