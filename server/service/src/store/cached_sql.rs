//! SQL texts of frequent statements, built once per backend, because building a text takes as long
//! as its execution.

use std::sync::OnceLock;

use sea_orm::{DatabaseBackend, QueryTrait, Statement, Value};

use crate::Result;

/// The cached text of a statement, independent of its values.
pub(crate) struct CachedSql {
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl CachedSql {
    pub const fn new() -> Self {
        Self { sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// Returns the statement with `values`, one per parameter of `query`. `query` is called once per
    /// backend and must build the same text every time, apart from the values.
    ///
    /// # Errors
    /// Returns the error of `query`.
    pub fn statement<Q: QueryTrait>(
        &self,
        backend: DatabaseBackend,
        values: impl IntoIterator<Item = Value>,
        query: impl FnOnce() -> Result<Q>,
    ) -> Result<Statement> {
        let text = if backend == DatabaseBackend::Sqlite { &self.sqlite } else { &self.postgres };
        let text = if let Some(text) = text.get() {
            text
        } else {
            let built = query()?.build(backend).sql;
            text.get_or_init(|| built)
        };
        Ok(Statement::from_sql_and_values(backend, text, values))
    }
}
