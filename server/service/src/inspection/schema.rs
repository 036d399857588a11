//! Which migrations a database has.

use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use sea_orm_migration::MigratorTrait;

use crate::Result;

/// The table of applied migrations.
const TABLE: &str = "seaql_migrations";

/// The migrations of a database, compared to those of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaState {
    /// Migrations of this program that the database lacks.
    pub pending: Vec<String>,
    /// Migrations of the database that this program does not know: a newer version made them.
    pub unknown: Vec<String>,
    /// The version that migrated the database last. Read only if there are unknown migrations.
    pub migrated_by: Option<String>,
}

impl SchemaState {
    fn compare(applied: &[String], known: &[String]) -> Self {
        let without = |names: &[String], others: &[String]| {
            names.iter().filter(|name| !others.contains(name)).cloned().collect()
        };
        Self { pending: without(known, applied), unknown: without(applied, known), migrated_by: None }
    }

    /// Reads the applied migrations. The migrator itself would create its table first.
    pub(crate) async fn read<M: MigratorTrait>(db: &impl ConnectionTrait) -> Result<Self> {
        let known: Vec<String> =
            M::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        let mut applied = Vec::new();
        if has_table(db, TABLE).await? {
            let sql = format!("SELECT version FROM {TABLE} ORDER BY version");
            let statement = Statement::from_string(db.get_database_backend(), sql);
            for row in db.query_all_raw(statement).await? {
                applied.push(row.try_get::<String>("", "version")?);
            }
        }
        let mut state = Self::compare(&applied, &known);
        if !state.unknown.is_empty() {
            state.migrated_by = migrated_by(db).await?;
        }
        Ok(state)
    }
}

/// Returns the version that migrated the database last; `None` if the schema has no column for it.
async fn migrated_by(db: &impl ConnectionTrait) -> Result<Option<String>> {
    if !has_column(db, "instance", "migrated_by").await? {
        return Ok(None);
    }
    let sql = "SELECT migrated_by FROM instance WHERE id = 1";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(row.map(|row| row.try_get::<Option<String>>("", "migrated_by")).transpose()?.flatten())
}

/// Returns whether the database has a table.
pub(super) async fn has_table(db: &impl ConnectionTrait, table: &str) -> Result<bool> {
    let backend = db.get_database_backend();
    let sql = if backend == DatabaseBackend::Sqlite {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name = $1"
    } else {
        "SELECT CAST(to_regclass($1) AS text) AS name WHERE to_regclass($1) IS NOT NULL"
    };
    let statement = Statement::from_sql_and_values(backend, sql, [table.into()]);
    Ok(db.query_one_raw(statement).await?.is_some())
}

/// Returns whether a table has a column.
pub(super) async fn has_column(db: &impl ConnectionTrait, table: &str, column: &str) -> Result<bool> {
    let backend = db.get_database_backend();
    let sql = if backend == DatabaseBackend::Sqlite {
        "SELECT name FROM pragma_table_info($1) WHERE name = $2"
    } else {
        "SELECT CAST(attname AS text) AS name FROM pg_attribute \
         WHERE attrelid = to_regclass($1) AND CAST(attname AS text) = $2 AND NOT attisdropped"
    };
    let statement = Statement::from_sql_and_values(backend, sql, [table.into(), column.into()]);
    Ok(db.query_one_raw(statement).await?.is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(numbers: &[u8]) -> Vec<String> {
        numbers.iter().map(|number| format!("m{number}")).collect()
    }

    proptest! {
        #[test]
        fn migrations_are_pending_or_unknown_or_in_both(
            applied in prop::collection::btree_set(0_u8..9, 0..9), known in prop::collection::btree_set(0_u8..9, 0..9),
        ) {
            let state = SchemaState::compare(
                &names(&applied.iter().copied().collect::<Vec<_>>()),
                &names(&known.iter().copied().collect::<Vec<_>>()),
            );
            prop_assert_eq!(state.pending, names(&known.difference(&applied).copied().collect::<Vec<_>>()));
            prop_assert_eq!(state.unknown, names(&applied.difference(&known).copied().collect::<Vec<_>>()));
        }
    }
}
