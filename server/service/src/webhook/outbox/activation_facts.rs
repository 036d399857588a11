//! Whether new activations were the first of their license, or took its last slot.

use std::collections::{HashMap, HashSet};

use domain::webhook::WebhookEvent;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

use crate::Result;
use crate::store::row_values::{ColumnType, in_rows_sql, row, rows_to_json};

/// The new activations of a transaction that have one of the two events.
#[derive(Default)]
pub(super) struct ActivationFacts {
    first: HashSet<Uuid>,
    last_slot: HashSet<Uuid>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    license_id: Uuid,
    kind: String,
    /// Nothing was activated before: no older activation, and none that was released.
    is_first: bool,
    /// The activation takes a slot, and none is left.
    is_full: bool,
}

impl ActivationFacts {
    /// Loads the facts of activations, which are in the order in which they were made.
    pub async fn load(db: &impl ConnectionTrait, activations: &[Uuid]) -> Result<Self> {
        let mut facts = Self::default();
        if activations.is_empty() {
            return Ok(facts);
        }
        let mut rows = HashMap::new();
        for ids in activations.chunks(500) {
            rows.extend(load_rows(db, ids).await?.into_iter().map(|row| (row.id, row)));
        }
        let (mut first_of, mut last_of) = (HashMap::new(), HashMap::new());
        for row in activations.iter().filter_map(|id| rows.get(id)) {
            if row.is_first {
                first_of.entry(row.license_id).or_insert(row.id);
            }
            if row.is_full {
                last_of.insert((row.license_id, row.kind.as_str()), row.id);
            }
        }
        facts.first.extend(first_of.into_values());
        facts.last_slot.extend(last_of.into_values());
        Ok(facts)
    }

    /// Returns whether an event holds of a new activation. Events other than the two always do.
    pub fn hold(&self, event: WebhookEvent, activation: Option<Uuid>) -> bool {
        let is_in = |ids: &HashSet<Uuid>| activation.is_some_and(|id| ids.contains(&id));
        match event {
            WebhookEvent::LicenseFirstActivated => is_in(&self.first),
            WebhookEvent::LicenseLimitReached => is_in(&self.last_slot),
            _ => true,
        }
    }
}

async fn load_rows(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Row>> {
    let backend = db.get_database_backend();
    let in_ids = in_rows_sql(backend, &[("id", ColumnType::Uuid)]);
    // Scalar subqueries, so that planners look up rows by their keys. Each is one row at most.
    let sql = format!(
        "SELECT a.id, a.license_id, a.kind, \
         l.released_use_at IS NULL AND (l.first_activated_at IS NULL OR l.first_activated_at >= a.created_at) \
         AND (SELECT 1 FROM activations AS o WHERE o.license_id = a.license_id AND o.created_at < a.created_at \
         LIMIT 1) IS NULL AS is_first, \
         a.takes_slot AND CASE WHEN a.kind = 'machine' THEN l.machine_limit IS NOT NULL \
         AND l.machines_used >= l.machine_limit ELSE l.domain_limit IS NOT NULL \
         AND l.domains_used >= l.domain_limit END AS is_full \
         FROM (SELECT * FROM activations WHERE {in_ids}) AS a INNER JOIN licenses AS l ON l.id = a.license_id"
    );
    let rows: Vec<_> = ids.iter().map(|id| row![*id]).collect();
    let statement = Statement::from_sql_and_values(backend, sql, [rows_to_json(&rows)?.into()]);
    Ok(Row::find_by_statement(statement).all(db).await?)
}
