//! Pages and exports of machines.

use domain::filter::{Filter, FilterField, FilterValue, ListPage, ListRequest, ListSort, Operator};
use domain::permission::Permission;
use domain::{AccountId, ActivationId};

use super::record::{ActivationRecord, Included, records};
use super::source::Source;
use crate::listing::{self, Batches, Holders, ListSource as _};
use crate::{Actor, Error, Principal, Result, Service};

static OF_CUSTOMER: FilterField = FilterField::id("userId");

/// Returns a page of the account's machines.
///
/// # Errors
/// Returns an error if the role lacks the permission, too many rows would have to be read, or the database fails.
#[tracing::instrument(name = "machine_activation.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
    included: Included,
) -> Result<ListPage<ActivationRecord>> {
    actor.require(Permission::Read)?;
    page(service, actor.account, request, included).await
}

/// Returns a page of the machines of a customer who has signed in.
///
/// # Errors
/// [`Error::Forbidden`] if the principal is no customer. Also errors as [`list`].
#[tracing::instrument(name = "machine_activation.list_own", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_own(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<ActivationRecord>> {
    let Principal::Customer { customer: Some(customer), .. } = &actor.principal else {
        return Err(Error::Forbidden);
    };
    let mut request = request.clone();
    request.filters.push(Filter {
        field: &OF_CUSTOMER,
        operator: Operator::Equal,
        values: vec![FilterValue::Id(customer.0)],
    });
    page(service, actor.account, &request, Included::default()).await
}

async fn page(
    service: &Service,
    account: AccountId,
    request: &ListRequest,
    included: Included,
) -> Result<ListPage<ActivationRecord>> {
    let source = Source::of(service, account, &request.filters).await?;
    let ListPage { items, has_more, total } = listing::list(&source, request).await?;
    let items = records(service.store.list_reader(), account, &items, included).await?;
    Ok(ListPage { items, has_more, total })
}

/// Returns a machine of the account.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such machine, or the database fails.
#[tracing::instrument(name = "machine_activation.show", skip_all, fields(account = %actor.account, activation = %id), err(level = "debug"))]
pub async fn show(
    service: &Service,
    actor: &Actor,
    id: ActivationId,
    included: Included,
) -> Result<ActivationRecord> {
    actor.require(Permission::Read)?;
    let source = Source::of(service, actor.account, &[]).await?;
    let rows = source.load(&[id.0]).await?;
    records(service.store.list_reader(), actor.account, &rows, included).await?.pop().ok_or(Error::NotFound)
}

/// An export of machines in progress.
pub struct ActivationExport {
    service: Service,
    actor: Actor,
    request: ListRequest,
    batches: Batches,
}

/// Begins an export of all machines of a list, in the order of creation.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "machine_activation.export", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn export(service: &Service, actor: &Actor, mut request: ListRequest) -> Result<ActivationExport> {
    actor.require(Permission::Read)?;
    // The order by the last sync has no index.
    request.sort = ListSort { field: "createdAt", descending: request.sort.descending };
    let source = Source::of(service, actor.account, &request.filters).await?;
    let batches = Batches::begin(&source, &request).await?;
    Ok(ActivationExport { service: service.clone(), actor: actor.clone(), request, batches })
}

impl ActivationExport {
    /// Returns the next machines, which may be none. `None` after the last ones.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<ActivationRecord>>> {
        let account = self.actor.account;
        let source = Source::of(&self.service, account, &self.request.filters).await?;
        let Some(rows) = self.batches.next_batch(&source, &self.request).await? else { return Ok(None) };
        let db = self.service.store.list_reader();
        let customers = rows.iter().filter_map(|row| row.license.customer_id).collect();
        let organizations = rows.iter().filter_map(|row| row.license.organization_id).collect();
        let holders = Holders::load(db, account, customers, organizations).await?;
        let mut records = records(db, account, &rows, Included::default()).await?;
        for (record, row) in records.iter_mut().zip(&rows) {
            record.user_email = holders.email(row.license.customer_id);
            record.organization_name = holders.organization(row.license.organization_id);
        }
        Ok(Some(records))
    }
}
