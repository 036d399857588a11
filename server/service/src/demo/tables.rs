//! Rows, and the statements that insert them. Building one costs a third of what the
//! database takes for it, and is done on the thread that makes the rows.

use sea_orm::{ActiveModelTrait, DatabaseBackend, EntityTrait, QueryTrait as _, Statement};

use crate::store::entity::{activations, audit_entries, customer_terms, customers, licenses};
use crate::store::row_values;

/// Rows in one statement: PostgreSQL takes 65,535 values, SQLite 32,766.
const ROWS_PER_STATEMENT: usize = 1000;

/// Rows to be inserted together.
#[derive(Default)]
pub struct TableRows {
    pub customers: Vec<customers::ActiveModel>,
    pub terms: Vec<customer_terms::ActiveModel>,
    pub licenses: Vec<licenses::ActiveModel>,
    pub activations: Vec<activations::ActiveModel>,
    pub audit: Vec<audit_entries::ActiveModel>,
}

impl TableRows {
    /// What inserts them, in an order in which each refers to what is there.
    pub fn statements(self, backend: DatabaseBackend) -> Vec<Statement> {
        let Self { customers, terms, licenses, activations, audit } = self;
        let mut all = Vec::new();
        inserts(&mut all, backend, customers);
        inserts(&mut all, backend, terms);
        inserts(&mut all, backend, licenses);
        inserts(&mut all, backend, activations);
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
