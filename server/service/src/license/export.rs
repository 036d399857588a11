//! Exports licenses: all of a list, in batches, so that the memory does not grow with their number.

use domain::IssuedKey;
use domain::event::Event;
use domain::license::{Limit, Standing, State, standing};
use domain::permission::Permission;
use domain::view::{LicenseQuery, PageCursor, Sort};
use domain::{LicenseId, Timestamp};
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use uuid::Uuid;

use super::keyset;
use super::selection::{owns_owners, search_text, statement};
use crate::store::entity::{customers, licenses, products};
use crate::store::{AuditEvent, convert};
use crate::{Actor, Result, Service};

/// Licenses in one batch: one statement, and one chunk of the response.
const LICENSES_PER_BATCH: u64 = 1_000;

/// A license of an export.
pub struct ExportedLicense {
    /// The id.
    pub id: LicenseId,
    /// The key in clear, if the export has keys.
    pub key: Option<IssuedKey>,
    /// The key's last four characters.
    pub last_four: String,
    /// The product's slug.
    pub product: String,
    /// The customer's name.
    pub customer_name: Option<String>,
    /// The customer's address.
    pub customer_email: Option<String>,
    /// The standing at the start of the export.
    pub standing: Standing,
    /// The reason of a suspension or revocation.
    pub reason: Option<String>,
    /// The domain limit.
    pub domain_limit: Limit,
    /// Domains in use.
    pub domains_used: u32,
    /// The machine limit.
    pub machine_limit: Limit,
    /// Machines in use.
    pub machines_used: u32,
    /// The expiry; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// When the license was issued.
    pub created_at: Timestamp,
    /// When an app last verified the license.
    pub last_verified_at: Option<Timestamp>,
    /// Number of successful verifications.
    pub verification_count: i64,
}

#[derive(FromQueryResult)]
struct ExportRow {
    id: Uuid,
    key_sealed: Vec<u8>,
    last_four: String,
    state: String,
    state_reason: Option<String>,
    product: String,
    customer_name: Option<String>,
    customer_email: Option<String>,
    domain_limit: Option<i32>,
    domains_used: i32,
    machine_limit: Option<i32>,
    machines_used: i32,
    expires_at: Option<i64>,
    created_at: i64,
    last_verified_at: Option<i64>,
    verification_count: i64,
}

/// An export in progress.
pub struct LicenseExport {
    service: Service,
    actor: Actor,
    query: LicenseQuery,
    with_keys: bool,
    started_at: Timestamp,
    is_done: bool,
}

/// Begins an export. Keys need the permission to reveal them, and are recorded by one audit entry.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "license.export", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn export(
    service: &Service,
    actor: &Actor,
    query: &LicenseQuery,
    with_keys: bool,
) -> Result<LicenseExport> {
    actor.require(if with_keys { Permission::RevealKey } else { Permission::Read })?;
    let query = LicenseQuery { cursor: None, search: search_text(query), ..query.normalized() };
    let is_done = !owns_owners(service, actor, &query).await?;
    if with_keys {
        let mut txn = service.begin_write().await?;
        let entry = AuditEvent {
            event: Event::LicenseKeysExported,
            license: None,
            product: None,
            detail: None,
            payload: serde_json::json!({}),
        };
        txn.record(actor, entry);
        txn.commit().await?;
    }
    let (service, actor, started_at) = (service.clone(), actor.clone(), service.now());
    Ok(LicenseExport { service, actor, query, with_keys, started_at, is_done })
}

impl LicenseExport {
    /// Returns the next licenses in the order of the list. `None` after the last one.
    ///
    /// # Errors
    /// Returns an error if the database fails or a key cannot be opened.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<ExportedLicense>>> {
        if self.is_done {
            return Ok(None);
        }
        let (service, query) = (&self.service, &self.query);
        let ids = keyset::page_of_ids(service, &self.actor, query, self.started_at, LICENSES_PER_BATCH);
        let rows = ExportRow::find_by_statement(statement(service, &select(ids, query)))
            .all(service.store.list_reader())
            .await?;
        self.is_done = (rows.len() as u64) < LICENSES_PER_BATCH;
        let Some(last) = rows.last() else { return Ok(None) };
        let value = if self.query.sort == Sort::Expiry { last.expires_at.unwrap_or(0) } else { 0 };
        self.query.cursor = Some(PageCursor { backward: false, value, id: LicenseId(last.id) });
        rows.into_iter().map(|row| self.license(row)).collect::<Result<_>>().map(Some)
    }

    fn license(&self, row: ExportRow) -> Result<ExportedLicense> {
        let key = self.with_keys.then(|| self.service.keys.open_license_key(row.id, &row.key_sealed));
        let state = State::from_storage(&row.state, None, None)?;
        let expires_at = convert::to_timestamp(row.expires_at);
        Ok(ExportedLicense {
            id: LicenseId(row.id),
            key: key.transpose()?,
            last_four: row.last_four,
            product: row.product,
            customer_name: row.customer_name,
            customer_email: row.customer_email,
            standing: standing(&state, expires_at, self.started_at),
            reason: row.state_reason,
            domain_limit: Limit::from_storage(row.domain_limit),
            domains_used: convert::to_count(row.domains_used),
            machine_limit: Limit::from_storage(row.machine_limit),
            machines_used: convert::to_count(row.machines_used),
            expires_at,
            created_at: Timestamp::from_millis(row.created_at),
            last_verified_at: convert::to_timestamp(row.last_verified_at),
            verification_count: row.verification_count,
        })
    }
}

/// Selects the rows of a batch. The ids belong to the account.
fn select(ids: SelectStatement, query: &LicenseQuery) -> SelectStatement {
    use licenses::Column as L;
    let columns = [
        L::Id,
        L::KeySealed,
        L::LastFour,
        L::State,
        L::StateReason,
        L::DomainLimit,
        L::DomainsUsed,
        L::MachineLimit,
        L::MachinesUsed,
        L::ExpiresAt,
        L::CreatedAt,
        L::LastVerifiedAt,
        L::VerificationCount,
    ];
    let mut select = Query::select();
    select
        .columns(columns.map(|c| (licenses::Entity, c)))
        .expr_as(Expr::col((products::Entity, products::Column::Slug)), "product")
        .expr_as(Expr::col((customers::Entity, customers::Column::Name)), "customer_name")
        .expr_as(Expr::col((customers::Entity, customers::Column::Email)), "customer_email")
        .from_subquery(ids, "page")
        .inner_join(licenses::Entity, Expr::col(("page", L::Id)).equals((licenses::Entity, L::Id)))
        .inner_join(
            products::Entity,
            Expr::col((products::Entity, products::Column::Id)).equals((licenses::Entity, L::ProductId)),
        )
        .left_join(
            customers::Entity,
            Expr::col((customers::Entity, customers::Column::Id)).equals((licenses::Entity, L::CustomerId)),
        );
    keyset::apply_order(&mut select, query, |column| Expr::col(("page", column)));
    select
}
