//! Pages and exports of trials.

use domain::ActivationId;
use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;

use super::record::{TrialActivationRecord, record};
use super::source::Source;
use crate::listing::{self, Batches, ListSource as _};
use crate::{Actor, Error, Result, Service};

/// Returns a page of the account's trials.
///
/// # Errors
/// Returns an error if the role lacks the permission, too many rows would have to be read, or the database fails.
#[tracing::instrument(name = "trial.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<TrialActivationRecord>> {
    actor.require(Permission::Read)?;
    let source = Source::new(service, actor.account);
    Ok(listing::list(&source, request).await?.map(|row| record(row.model)))
}

/// Returns a trial of the account.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such trial, or the database fails.
#[tracing::instrument(name = "trial.show", skip_all, fields(account = %actor.account, trial = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: ActivationId) -> Result<TrialActivationRecord> {
    actor.require(Permission::Read)?;
    let row = Source::new(service, actor.account).load(&[id.0]).await?.pop().ok_or(Error::NotFound)?;
    Ok(record(row.model))
}

/// An export of trials in progress.
pub struct TrialExport {
    service: Service,
    actor: Actor,
    request: ListRequest,
    batches: Batches,
}

/// Begins an export of all trials of a list.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "trial.export", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn export(service: &Service, actor: &Actor, request: ListRequest) -> Result<TrialExport> {
    actor.require(Permission::Read)?;
    let batches = Batches::begin(&Source::new(service, actor.account), &request).await?;
    Ok(TrialExport { service: service.clone(), actor: actor.clone(), request, batches })
}

impl TrialExport {
    /// Returns the next trials, which may be none. `None` after the last ones.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<TrialActivationRecord>>> {
        let source = Source::new(&self.service, self.actor.account);
        let rows = self.batches.next_batch(&source, &self.request).await?;
        Ok(rows.map(|rows| rows.into_iter().map(|row| record(row.model)).collect()))
    }
}
