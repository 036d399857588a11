//! The SQL of the audit log's filters. Each filter reads a range of one index, newest entry first.

use domain::view::{AuditAction, AuditActor, AuditObject, AuditQuery};
use domain::{AccountId, Timestamp, event::Event};
use sea_orm::{Statement, Value};
use uuid::Uuid;

use crate::random;
use crate::store::Store;

/// The condition "no activation or release", exactly as in its partial index.
pub(super) const CHANGES: &str =
    "action NOT IN ('activation.created', 'activation.deleted', 'activation.lease_expired')";
/// The condition of the partial index of actors without an id. Apps are not in it.
const WITHOUT_APPS: &str = "actor_kind IN ('shell', 'system')";

/// Returns the statement of the first `rows` entries of a query.
pub(super) fn statement(store: &Store, account: AccountId, query: &AuditQuery, rows: u64) -> Statement {
    let (from, before) = range(query);
    let mut filter = Filter {
        conditions: vec!["id < $2".to_owned(), "id >= $3".to_owned()],
        values: vec![account.0.into(), before.into(), from.into()],
        index: None,
    };
    filter.add_object(query.object);
    filter.add_actor(query.actor);
    filter.add_action(query.action);
    // SQLite would read the whole account by its primary key, because it knows no distribution of values.
    let hint = filter.index.filter(|_| store.is_sqlite());
    let hint = hint.map(|index| format!("INDEXED BY ix_audit_entries_{index} ")).unwrap_or_default();
    // An object's entries are found by the object alone: with the account in the condition, planners read all
    // entries of the account. The limit keeps both conditions apart.
    let sql = format!(
        "SELECT * FROM (SELECT * FROM audit_entries {hint}WHERE {} ORDER BY id DESC LIMIT {rows}) AS page \
         WHERE account_id = $1 ORDER BY id DESC",
        filter.conditions.join(" AND ")
    );
    Statement::from_sql_and_values(store.backend(), sql, filter.values)
}

/// Returns the lowest id of a query, and the one that its ids are lower than. Ids have the time of their entry.
fn range(query: &AuditQuery) -> (Uuid, Uuid) {
    let start = |day: i32| random::first_id_at(Timestamp::from_day(day));
    let from = query.from_day.map_or(Uuid::nil(), start);
    let to = query.to_day.map_or(Uuid::max(), |day| start(day.saturating_add(1)));
    (from, query.before.map_or(to, |before| to.min(before.0)))
}

struct Filter {
    conditions: Vec<String>,
    values: Vec<Value>,
    /// The end of the name of the index to read.
    index: Option<&'static str>,
}

impl Filter {
    /// Adds the condition that a column has a value.
    fn equal(&mut self, column: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(format!("{column} = ${}", self.values.len()));
    }

    fn add_object(&mut self, object: Option<AuditObject>) {
        let (column, index, id) = match object {
            None => return self.conditions.push("account_id = $1".to_owned()),
            Some(AuditObject::License(id)) => ("license_id", "license", id.0),
            Some(AuditObject::Product(id)) => ("product_id", "product", id.0),
            Some(AuditObject::Customer(id)) => ("customer_id", "customer", id.0),
        };
        self.equal(column, id);
        self.index = Some(index);
    }

    fn add_actor(&mut self, actor: Option<AuditActor>) {
        let kind = match actor {
            None => return,
            Some(AuditActor::Principal(id)) => {
                self.equal("actor_id", id);
                self.index = self.index.or(Some("actor"));
                return;
            }
            Some(AuditActor::Apps) => return self.conditions.push("actor_kind = 'app'".to_owned()),
            Some(AuditActor::Customers) => {
                // Exactly as in its partial index.
                self.conditions.push("actor_kind = 'customer'".to_owned());
                self.index = self.index.or(Some("by_customer"));
                return;
            }
            Some(AuditActor::Operator) => "shell",
            Some(AuditActor::Server) => "system",
        };
        self.conditions.push(format!("{WITHOUT_APPS} AND actor_kind = '{kind}'"));
        self.index = self.index.or(Some("server"));
    }

    fn add_action(&mut self, action: Option<AuditAction>) {
        let Some(action) = action else { return };
        if let AuditAction::Event(event) = action {
            self.equal("action", event.as_str());
            if matches!(event, Event::ActivationCreated | Event::ActivationDeleted | Event::ActivationExpired)
            {
                return;
            }
        }
        self.conditions.push(CHANGES.to_owned());
        self.index = self.index.or(Some("changes"));
    }
}
