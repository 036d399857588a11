//! Rows and their insert statements. The generator thread builds the statements, because building
//! one takes a third of the time of its execution.

use sea_orm::{ActiveModelTrait, DatabaseBackend, EntityTrait, QueryTrait as _, Statement};

use crate::store::entity::{
    activations, audit_entries, customer_terms, customers, license_refusals, licenses,
};
use crate::store::row_values;

/// Rows per statement: PostgreSQL accepts 65,535 values, SQLite 32,766.
const ROWS_PER_STATEMENT: usize = 1000;

/// Rows of one batch, by table.
#[derive(Default)]
pub struct TableRows {
    pub customers: Vec<customers::ActiveModel>,
    pub terms: Vec<customer_terms::ActiveModel>,
    pub licenses: Vec<licenses::ActiveModel>,
    pub activations: Vec<activations::ActiveModel>,
    pub refusals: Vec<license_refusals::ActiveModel>,
    pub audit: Vec<audit_entries::ActiveModel>,
}

impl TableRows {
    /// Returns the insert statements. Referenced rows come before the rows that refer to them.
    pub fn statements(self, backend: DatabaseBackend) -> Vec<Statement> {
        let Self { customers, terms, licenses, activations, refusals, audit } = self;
        let mut all = Vec::new();
        inserts(&mut all, backend, customers);
        inserts(&mut all, backend, terms);
        inserts(&mut all, backend, licenses);
        inserts(&mut all, backend, activations);
        inserts(&mut all, backend, refusals);
        inserts(&mut all, backend, audit);
        all
    }
}

fn inserts<A: ActiveModelTrait>(all: &mut Vec<Statement>, backend: DatabaseBackend, rows: Vec<A>) {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut insert =
            <A::Entity as EntityTrait>::insert_many(rows.by_ref().take(ROWS_PER_STATEMENT)).build(backend);
        if backend == DatabaseBackend::Sqlite {
            insert.sql = row_values::add_or_fail(&insert.sql);
        }
        all.push(insert);
    }
}
