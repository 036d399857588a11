//! The subscription log of the management API: what happened to the state and the expiry of licenses.

use domain::event::Event;
use domain::filter::{Filter, FilterField, FilterValue, ListPage, ListRequest, Operator};
use domain::permission::Permission;
use domain::{AuditEntryId, LicenseId, LicenseKey, Timestamp};
use uuid::Uuid;

use super::narrow::Narrowed;
use super::source::{Row, Source};
use super::subscription_event::{ACTIONS, WORDS, event_of};
use crate::activation::lookup;
use crate::{Actor, Error, Result, Service, listing};

static EVENT: FilterField = FilterField::text("event");
static LICENSE_ID: FilterField = FilterField::id("licenseId");

/// An entry.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionLogRecord {
    /// The id.
    pub id: AuditEntryId,
    /// The time of the event.
    pub at: Timestamp,
    /// The license.
    pub license: LicenseId,
    /// What happened, such as `license.renewed`.
    pub event: &'static str,
    /// The changed properties: objects with `propertyName`, `oldValue` and `newValue`.
    pub changes: serde_json::Value,
}

/// Returns a page of the account's subscription log.
///
/// # Errors
/// Returns an error if the role lacks the permission, of the field `license_key` for an operator that keys do not
/// have here, if too many entries would have to be read, or if the database fails.
#[tracing::instrument(name = "event_log.list_subscriptions", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_subscriptions(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<SubscriptionLogRecord>> {
    actor.require(Permission::Read)?;
    let mut request = request.clone();
    request.filters = by_license(service, actor, request.filters).await?;
    // Filters of texts hold them folded.
    let values = WORDS.iter().map(|word| FilterValue::Text(word.to_ascii_lowercase())).collect();
    request.filters.push(Filter { field: &EVENT, operator: Operator::In, values });
    let mut narrowed = Narrowed::by(service, actor.account, &request.filters).await?;
    narrowed.actions = Some(ACTIONS.iter().map(|event: &Event| event.as_str()).collect());
    let needs_key_ends = request.filters.iter().any(|filter| filter.field.name == "licenseKey");
    let source = Source { service, account: actor.account, narrowed, needs_emails: false, needs_key_ends };
    let ListPage { items, has_more, total } = listing::list(&source, &request).await?;
    Ok(ListPage { items: items.into_iter().filter_map(record).collect(), has_more, total })
}

fn record(row: Row) -> Option<SubscriptionLogRecord> {
    let Row { model, changes, event, .. } = row;
    Some(SubscriptionLogRecord {
        id: AuditEntryId(model.id),
        at: Timestamp::from_millis(model.created_at),
        license: LicenseId(model.license_id?),
        event: event_of(&model.action, model.detail.as_deref(), event.as_deref())?,
        changes: serde_json::from_str(&changes).unwrap_or_else(|_| serde_json::json!([])),
    })
}

/// Replaces filters of keys by those of the licenses that have them. An end of too many keys stays, and is compared with
/// each entry.
async fn by_license(service: &Service, actor: &Actor, filters: Vec<Filter>) -> Result<Vec<Filter>> {
    let mut replaced = Vec::with_capacity(filters.len() + 1);
    for filter in filters {
        if filter.field.name != "licenseKey" {
            replaced.push(filter);
            continue;
        }
        let (operator, ids) = match filter.operator {
            Operator::Equal | Operator::In => (Operator::In, with_keys(service, actor, &filter).await?),
            Operator::NotEqual | Operator::NotIn => {
                (Operator::NotIn, with_keys(service, actor, &filter).await?)
            }
            Operator::EndsWith => {
                let Some(ids) = with_end(service, actor, &filter).await? else {
                    replaced.push(filter);
                    continue;
                };
                (Operator::In, ids)
            }
            _ => {
                return Err(Error::invalid(
                    "license_key",
                    "Ask for whole keys or for their last four characters, or for the id of the license.",
                ));
            }
        };
        let values = ids.into_iter().map(FilterValue::Id).collect();
        replaced.push(Filter { field: &LICENSE_ID, operator, values });
    }
    Ok(replaced)
}

fn texts(filter: &Filter) -> Vec<String> {
    let text = |value: &FilterValue| match value {
        FilterValue::Text(text) => Some(text.clone()),
        _ => None,
    };
    filter.values.iter().filter_map(text).collect()
}

/// Returns the licenses of the account with the keys of a filter.
async fn with_keys(service: &Service, actor: &Actor, filter: &Filter) -> Result<Vec<Uuid>> {
    let mut ids = Vec::new();
    for text in texts(filter) {
        let Ok(key) = LicenseKey::parse(&text) else { continue };
        let Some(digests) = lookup::digests(&service.keys, &key) else { continue };
        let license = lookup::find_by_digests(service.store.list_reader(), &digests).await?;
        let own = license.filter(|license| license.account_id == actor.account.0);
        ids.extend(own.map(|license| license.id));
    }
    Ok(ids)
}

/// Returns the licenses of the account with keys that end as a filter says. `None` if they are too many to be looked up.
async fn with_end(service: &Service, actor: &Actor, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
    lookup::find_by_key_ends(service.store.list_reader(), actor.account, &texts(filter)).await
}
