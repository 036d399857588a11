//! Pages of the event log.

use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;
use domain::{AccountId, AuditEntryId, Timestamp};
use uuid::Uuid;

use super::narrow::Narrowed;
use super::record::{EventActor, EventLogRecord};
use super::source::{Row, Source, is_person};
use crate::listing::ListSource as _;
use crate::{Actor, Error, Result, Service, customer, listing, member};

/// Returns a page of the account's event log.
///
/// # Errors
/// Returns an error if the role lacks the permission, too many entries would have to be read, or the database fails.
#[tracing::instrument(name = "event_log.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<EventLogRecord>> {
    actor.require(Permission::ReadAudit)?;
    let narrowed = Narrowed::by(service, actor.account, &request.filters).await?;
    let needs_emails =
        request.filters.iter().any(|filter| matches!(filter.field.name, "actorEmail" | "user.email"));
    let source = Source { service, account: actor.account, narrowed, needs_emails, needs_key_ends: false };
    let page = listing::list(&source, request).await?;
    let items = records(service, actor.account, page.items).await?;
    Ok(ListPage { items, has_more: page.has_more, total: page.total })
}

/// Returns an entry of the account's event log.
///
/// # Errors
/// Returns an error if the role lacks the permission, the log has no such entry, or the database fails.
#[tracing::instrument(name = "event_log.show", skip_all, fields(account = %actor.account, entry = %id), err(level = "debug"))]
pub async fn show(service: &Service, actor: &Actor, id: AuditEntryId) -> Result<EventLogRecord> {
    actor.require(Permission::ReadAudit)?;
    let narrowed = Narrowed::default();
    let source =
        Source { service, account: actor.account, narrowed, needs_emails: false, needs_key_ends: false };
    let rows = source.load(&[id.0]).await?;
    records(service, actor.account, rows).await?.into_iter().next().ok_or(Error::NotFound)
}

/// Adds the persons of entries, by one statement of each kind.
async fn records(service: &Service, account: AccountId, rows: Vec<Row>) -> Result<Vec<EventLogRecord>> {
    let db = service.store.list_reader();
    let ids_of = |kind: &str| -> Vec<Uuid> {
        let of_kind = rows.iter().filter(|row| row.model.actor_kind == kind);
        of_kind.filter_map(|row| row.model.actor_id).collect()
    };
    let (of_members, of_customers) = (ids_of("member"), ids_of("customer"));
    let members = member::load_records(db, account, of_members).await?;
    let customers = customer::record::load_many(db, account, of_customers).await?;
    let records = rows.into_iter().map(|row| {
        let Row { model, resource, action, resource_id, changes, .. } = row;
        let member = |id: &Uuid| members.get(id).cloned().map(|found| EventActor::Member(Box::new(found)));
        let customer =
            |id: &Uuid| customers.get(id).cloned().map(|found| EventActor::Customer(Box::new(found)));
        let person = model.actor_id.filter(|_| is_person(&model));
        EventLogRecord {
            id: AuditEntryId(model.id),
            at: Timestamp::from_millis(model.created_at),
            resource,
            action,
            resource_id,
            changes: serde_json::from_str(&changes).unwrap_or_else(|_| serde_json::json!([])),
            user: person
                .and_then(|id| if model.actor_kind == "member" { member(&id) } else { customer(&id) }),
            ip: model.ip,
            actor_kind: model.actor_kind,
            actor_id: model.actor_id,
            actor_name: model.actor_name,
        }
    });
    Ok(records.collect())
}
