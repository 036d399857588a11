//! What filters of the event log leave to read: a range of one index.

use std::collections::BTreeSet;

use domain::AccountId;
use domain::event::Event;
use domain::event_words::all_event_words;
use domain::filter::{Cell, Filter, FilterRow, FilterValue, Operator, matches};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Value};
use uuid::Uuid;

use crate::listing::ids_of;
use crate::store::entity::{customers, memberships, users};
use crate::store::scope;
use crate::{Result, Service, random};

/// The conditions of the statement that reads entries, beside the account's.
#[derive(Debug, Clone, Default)]
pub(super) struct Narrowed {
    /// The stored actions; `None` is any.
    pub actions: Option<Vec<&'static str>>,
    /// The principals; `None` is any.
    pub actors: Option<BTreeSet<Uuid>>,
    /// The lowest id.
    pub from: Option<Uuid>,
    /// The id that all are lower than.
    pub before: Option<Uuid>,
}

/// The words of an event, as a row.
struct Words(String, String);

impl FilterRow for Words {
    fn cells(&self, field: &str) -> Vec<Cell> {
        vec![Cell::Text(if field == "resource" { self.0.clone() } else { self.1.clone() })]
    }

    fn pairs(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl Narrowed {
    /// Narrows the entries to those that filters may select. Every filter is decided once more for each entry.
    pub async fn by(service: &Service, account: AccountId, filters: &[Filter]) -> Result<Self> {
        let mut narrowed = Self { actions: actions(filters), ..Self::default() };
        for filter in filters {
            let is_equal = matches!(filter.operator, Operator::Equal | Operator::In);
            match filter.field.name {
                "actorId" | "userId" if is_equal => narrowed.restrict(ids_of(filter)),
                "actorEmail" | "user.email" if is_equal => {
                    let ids = principals_with(service, account, filter).await?;
                    narrowed.restrict(ids);
                }
                "createdAt" | "updatedAt" => narrowed.restrict_time(filter),
                _ => {}
            }
        }
        Ok(narrowed)
    }

    fn restrict(&mut self, ids: Vec<Uuid>) {
        let ids: BTreeSet<Uuid> = ids.into_iter().collect();
        self.actors = Some(match self.actors.take() {
            None => ids,
            Some(before) => before.intersection(&ids).copied().collect(),
        });
    }

    /// Ids have the time of their entry, to the millisecond of the clock before the commit's.
    fn restrict_time(&mut self, filter: &Filter) {
        /// How far the time of an entry may be from that of its id.
        const MARGIN_MS: i64 = 60_000;
        let Some(FilterValue::Time(at)) = filter.value() else { return };
        if matches!(filter.operator, Operator::Equal | Operator::Greater | Operator::AtLeast) {
            let from = random::first_id_at(at.plus_millis(-MARGIN_MS));
            self.from = Some(self.from.map_or(from, |known| known.max(from)));
        }
        if matches!(filter.operator, Operator::Equal | Operator::Less | Operator::AtMost) {
            let before = random::first_id_at(at.plus_millis(MARGIN_MS));
            self.before = Some(self.before.map_or(before, |known| known.min(before)));
        }
    }

    /// Adds the conditions to those of a statement, and returns the index to read. Actions are literals of this
    /// program.
    pub fn add_to(&self, conditions: &mut Vec<String>, values: &mut Vec<Value>) -> &'static str {
        let mut index = "changes";
        let add = |values: &mut Vec<Value>, id: Uuid| {
            values.push(id.into());
            format!("${}", values.len())
        };
        if let Some(from) = self.from {
            conditions.push(format!("id >= {}", add(values, from)));
        }
        if let Some(before) = self.before {
            conditions.push(format!("id < {}", add(values, before)));
        }
        if let Some(actions) = &self.actions {
            let words: Vec<String> = actions.iter().map(|action| format!("'{action}'")).collect();
            conditions.push(if words.is_empty() {
                "1 = 0".to_owned()
            } else {
                format!("action IN ({})", words.join(", "))
            });
        }
        if let Some(actors) = &self.actors {
            let ids: Vec<String> = actors.iter().map(|id| add(values, *id)).collect();
            if let [id] = &ids[..] {
                index = "actor";
                conditions.push(format!("actor_id = {id}"));
            } else {
                conditions.push(if ids.is_empty() {
                    "1 = 0".to_owned()
                } else {
                    format!("actor_id IN ({})", ids.join(", "))
                });
            }
        }
        index
    }
}

/// Returns the stored actions of which the filters of resource and action may select entries, if there are such
/// filters.
fn actions(filters: &[Filter]) -> Option<Vec<&'static str>> {
    let of_words: Vec<Filter> =
        filters.iter().filter(|f| matches!(f.field.name, "resource" | "action")).cloned().collect();
    if of_words.is_empty() {
        return None;
    }
    let is_selected = |event: &&Event| {
        let mut words = all_event_words(**event).into_iter();
        words.any(|(resource, action)| matches(&of_words, &Words(resource, action)))
    };
    Some(Event::ALL.iter().filter(is_selected).map(|event| event.as_str()).collect())
}

/// Returns the members and the customers with the addresses of a filter.
async fn principals_with(service: &Service, account: AccountId, filter: &Filter) -> Result<Vec<Uuid>> {
    let texts = filter.values.iter().filter_map(|value| match value {
        FilterValue::Text(text) => Some(text.clone()),
        _ => None,
    });
    let texts: Vec<String> = texts.collect();
    let db = service.store.list_reader();
    let emails = texts.iter().map(String::as_str);
    let mut ids: Vec<Uuid> = customers::Entity::find()
        .select_only()
        .column(customers::Column::Id)
        .filter(scope::customers_with_emails(service.store.backend(), account, emails)?)
        .into_tuple()
        .all(db)
        .await?;
    let members: Vec<Uuid> = users::Entity::find()
        .select_only()
        .column(users::Column::Id)
        .filter(users::Column::Email.is_in(texts))
        .into_tuple()
        .all(db)
        .await?;
    let own: Vec<Uuid> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::UserId)
        .filter(memberships::Column::AccountId.eq(account.0))
        .filter(memberships::Column::UserId.is_in(members))
        .into_tuple()
        .all(db)
        .await?;
    ids.extend(own);
    Ok(ids)
}
