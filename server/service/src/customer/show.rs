//! The page of one customer, for the seller.

use domain::license::{Limit, State, standing};
use domain::permission::Permission;
use domain::view::{CustomerLicenseRow, CustomerView, MAX_LICENSES_COUNTED};
use domain::{CustomerId, LicenseId, Timestamp};
use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use super::record::record;
use crate::store::{convert, scope};
use crate::unicode_host::email_to_unicode;
use crate::{Actor, Result, Service};

/// Licenses per page of a customer.
const PAGE_SIZE: usize = 25;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    last_four: String,
    state: String,
    product: String,
    domains_used: i32,
    domain_limit: Option<i32>,
    machines_used: i32,
    machine_limit: Option<i32>,
    expires_at: Option<i64>,
    created_at: i64,
}

#[derive(FromQueryResult)]
struct Count {
    licenses: i64,
}

/// Returns the SQL of the number of a customer's licenses, counted up to [`MAX_LICENSES_COUNTED`] and one.
pub(super) fn counted_licenses(customer: &str) -> String {
    format!(
        "(SELECT count(*) FROM (SELECT 1 FROM licenses WHERE licenses.customer_id = {customer} LIMIT {}) AS counted)",
        MAX_LICENSES_COUNTED + 1
    )
}

/// Returns a customer with a page of licenses, newest first. The page begins after the license `before`.
///
/// # Errors
/// Returns an error if the role lacks the permission, the customer does not exist, or the database fails.
#[tracing::instrument(name = "customer.show", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn show(
    service: &Service,
    actor: &Actor,
    id: CustomerId,
    before: Option<LicenseId>,
) -> Result<CustomerView> {
    actor.require(Permission::Read)?;
    let db = service.store.list_reader();
    let customer = scope::customer(db, actor.account, id).await?;
    let record = record(db, actor.account, customer.clone()).await?;
    let sql = format!("SELECT {} AS licenses", counted_licenses("$1"));
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, [id.0.into()]);
    let count = Count::find_by_statement(statement).one(db).await?;
    let mut rows = load_licenses(service, id, before).await?;
    let more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let more_licenses = rows.last().filter(|_| more).map(|row| LicenseId(row.id));
    let now = service.now();
    Ok(CustomerView {
        id,
        name: customer.name,
        email: customer.email.map(email_to_unicode),
        first_name: record.name.first,
        last_name: record.name.last,
        company: record.company,
        organization: record.organization.map(|found| (found.id, found.organization.name.to_string())),
        tags: record.tags,
        metadata: record.metadata.into_iter().map(|field| (field.key, field.value)).collect(),
        created_at: Timestamp::from_millis(customer.created_at),
        license_count: count.map_or(0, |count| u32::try_from(count.licenses).unwrap_or(0)),
        licenses: rows.into_iter().map(|row| view(row, now)).collect::<Result<_>>()?,
        more_licenses,
    })
}

/// Loads a page of licenses and one more. The customer belongs to the account, so its licenses do too.
async fn load_licenses(service: &Service, id: CustomerId, before: Option<LicenseId>) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT licenses.id, last_four, state, products.name AS product, domains_used, licenses.domain_limit, \
         machines_used, licenses.machine_limit, expires_at, licenses.created_at \
         FROM licenses JOIN products ON products.id = licenses.product_id \
         WHERE licenses.customer_id = $1 AND licenses.id < $2 ORDER BY licenses.id DESC LIMIT {}",
        PAGE_SIZE + 1
    );
    let before = before.map_or(Uuid::max(), |before| before.0);
    let values = [id.0.into(), before.into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    Ok(Row::find_by_statement(statement).all(service.store.list_reader()).await?)
}

fn view(row: Row, now: Timestamp) -> Result<CustomerLicenseRow> {
    let state = State::from_storage(&row.state, None, None)?;
    let expires_at = convert::to_timestamp(row.expires_at);
    Ok(CustomerLicenseRow {
        id: LicenseId(row.id),
        last_four: row.last_four,
        standing: standing(&state, expires_at, now),
        product: row.product,
        domains_used: convert::to_count(row.domains_used),
        domain_limit: Limit::from_storage(row.domain_limit),
        machines_used: convert::to_count(row.machines_used),
        machine_limit: Limit::from_storage(row.machine_limit),
        expires_at,
        created_at: Timestamp::from_millis(row.created_at),
    })
}
