//! Texts of statements that are asked again and again: built once, since building one takes
//! as long as the database takes for it.

use std::sync::OnceLock;

use sea_orm::{DatabaseBackend, QueryTrait, Statement, Value};

use crate::Result;

/// The text of one statement, whatever its values are.
pub(crate) struct CachedSql {
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl CachedSql {
    pub const fn new() -> Self {
        Self { sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// The statement with these values, as many as `query` has. That must be the same each time
    /// but for its values, and is asked for once for each engine.
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
