//! The licenses of a customer who signed in through the API.

use domain::filter::{Filter, FilterField, FilterValue, ListPage, ListRequest, Operator};

use super::page;
use crate::license::record::{self, LicenseRecord};
use crate::{Actor, Error, Principal, Result, Service};

static USER_ID: FilterField = FilterField::id("userId");

/// Returns a page of the customer's own licenses, as far as the seller shows them to the customer. The filters must
/// be of fields that the customer sees.
///
/// # Errors
/// [`Error::Forbidden`] if the actor is no customer, or an error of the filters or the database.
#[tracing::instrument(name = "license.list_own_records", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_own_records(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<LicenseRecord>> {
    let Principal::Customer { customer: Some(customer), .. } = &actor.principal else {
        return Err(Error::Forbidden);
    };
    let mut request = request.clone();
    if request.search.take().is_some() {
        // A search finds licenses by fields that are not shown.
        return Err(Error::invalid("search", "The own licenses have no search. Use a filter."));
    }
    request.filters.push(Filter {
        field: &USER_ID,
        operator: Operator::Equal,
        values: vec![FilterValue::Id(customer.0)],
    });
    let ListPage { items, has_more, total } = page::load_ids(service, actor, &request).await?;
    let records = record::load_many(&service.keys, service.store.read(), actor.account, &items).await?;
    let own =
        records.into_iter().filter(|record| record.customer.as_ref().is_some_and(|c| c.id == *customer));
    Ok(ListPage { items: own.map(shown).collect(), has_more, total })
}

/// Leaves out what the seller keeps to the team.
fn shown(mut record: LicenseRecord) -> LicenseRecord {
    record.notes = None;
    record.tags.clear();
    record.metadata.retain(|pair| pair.visibility.user);
    record.meters.retain(|meter| meter.visibility.user || meter.visibility.activation);
    record.customer = record.customer.map(crate::customer::CustomerRecord::shown_to_customer);
    if let Some(organization) = &mut record.organization {
        organization.organization.description.clear();
    }
    record
}
