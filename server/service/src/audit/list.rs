//! Pages of the audit log, newest entry first.

use domain::event::Event;
use domain::permission::Permission;
use domain::view::{AuditObject, AuditPage, AuditQuery, AuditRow};
use domain::{AuditEntryId, CustomerId, LicenseId, ProductId, Timestamp};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
};
use uuid::Uuid;

use super::filter;
use super::labels::{Labels, labels};
use crate::store::entity::{api_tokens, audit_entries, memberships, users};
use crate::{Actor, Result, Service};

/// Entries per page.
const PAGE_SIZE: usize = 50;
/// Members and API tokens in the filter.
const MAX_ACTORS: u64 = 200;

/// Returns a page of the account's audit log.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "audit.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor, query: &AuditQuery) -> Result<AuditPage> {
    actor.require(Permission::ReadAudit)?;
    let statement = filter::statement(&service.store, actor.account, query, PAGE_SIZE as u64 + 1);
    let mut rows =
        audit_entries::Model::find_by_statement(statement).all(service.store.list_reader()).await?;
    let is_more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let more = rows.last().filter(|_| is_more).map(|row| AuditEntryId(row.id));
    let items = views(service, actor, rows).await?;
    Ok(AuditPage { items, more, actors: actors(service, actor).await? })
}

/// Returns entries with the names of their objects.
pub(super) async fn views(
    service: &Service,
    actor: &Actor,
    rows: Vec<audit_entries::Model>,
) -> Result<Vec<AuditRow>> {
    let labels = labels(service, actor, &rows).await?;
    Ok(rows.into_iter().map(|row| view(row, &labels)).collect())
}

fn view(row: audit_entries::Model, labels: &Labels) -> AuditRow {
    let object = object(&row);
    let label = object.and_then(|object| match object {
        AuditObject::License(LicenseId(id))
        | AuditObject::Product(ProductId(id))
        | AuditObject::Customer(CustomerId(id)) => labels.get(&id).cloned(),
    });
    AuditRow {
        id: AuditEntryId(row.id),
        at: Timestamp::from_millis(row.created_at),
        actor: row.actor_name,
        actor_kind: row.actor_kind,
        ip: row.ip,
        event: Event::from_storage(&row.action),
        action: row.action,
        detail: row.detail,
        object,
        label,
    }
}

/// The object of an entry: the license if it has one, because a transfer also names the customer.
fn object(row: &audit_entries::Model) -> Option<AuditObject> {
    let license = row.license_id.map(|id| AuditObject::License(LicenseId(id)));
    let product = row.product_id.map(|id| AuditObject::Product(ProductId(id)));
    let customer = row.customer_id.map(|id| AuditObject::Customer(CustomerId(id)));
    license.or(customer).or(product)
}

/// Loads the members and the API tokens of the account, by name.
async fn actors(service: &Service, actor: &Actor) -> Result<Vec<(Uuid, String)>> {
    let db = service.store.read();
    let mut actors: Vec<(Uuid, String)> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::UserId)
        .column(users::Column::Name)
        .join(JoinType::InnerJoin, memberships::Relation::User.def())
        .filter(memberships::Column::AccountId.eq(actor.account.0))
        .order_by_asc(memberships::Column::UserId)
        .limit(MAX_ACTORS)
        .into_tuple()
        .all(db)
        .await?;
    let tokens: Vec<(Uuid, String)> = api_tokens::Entity::find()
        .select_only()
        .columns([api_tokens::Column::Id, api_tokens::Column::Name])
        .filter(api_tokens::Column::AccountId.eq(actor.account.0))
        .order_by_desc(api_tokens::Column::Id)
        .limit(MAX_ACTORS)
        .into_tuple()
        .all(db)
        .await?;
    actors.extend(tokens.into_iter().map(|(id, name)| (id, format!("{name} (API token)"))));
    actors.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(actors)
}
