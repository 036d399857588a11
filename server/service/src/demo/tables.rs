//! Rows per table, and their INSERT statements. Building a statement takes a third of the time of its
//! execution, and runs on the thread that generates the rows.

use sea_orm::{ActiveModelTrait, DatabaseBackend, EntityTrait, QueryTrait as _, Statement};

use crate::store::entity::{activations, audit_entries, customer_terms, customers, licenses};
use crate::store::row_values;

/// Rows per statement. PostgreSQL accepts 65,535 parameters, SQLite 32,766.
const ROWS_PER_STATEMENT: usize = 1000;

/// Rows that are inserted together.
#[derive(Default)]
pub struct TableRows {
    pub customers: Vec<customers::ActiveModel>,
    pub terms: Vec<customer_terms::ActiveModel>,
    pub licenses: Vec<licenses::ActiveModel>,
    pub activations: Vec<activations::ActiveModel>,
    pub audit: Vec<audit_entries::ActiveModel>,
}

impl TableRows {
    /// Returns the INSERT statements, ordered so that referenced rows come first.
    pub fn statements(self, backend: DatabaseBackend) -> Vec<Statement> {
        let Self { customers, terms, licenses, activations, audit } = self;
        let mut statements = Vec::new();
        push_inserts(&mut statements, backend, customers);
        push_inserts(&mut statements, backend, terms);
        push_inserts(&mut statements, backend, licenses);
        push_inserts(&mut statements, backend, activations);
        push_inserts(&mut statements, backend, audit);
        statements
    }
}

fn push_inserts<A: ActiveModelTrait>(
    statements: &mut Vec<Statement>,
    backend: DatabaseBackend,
    rows: Vec<A>,
) {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut insert =
            <A::Entity as EntityTrait>::insert_many(rows.by_ref().take(ROWS_PER_STATEMENT)).build(backend);
        if backend == DatabaseBackend::Sqlite {
            insert.sql = row_values::add_or_fail(&insert.sql);
        }
        statements.push(insert);
    }
}
