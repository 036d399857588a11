//! The partitions of a log, with their ranges.

use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use super::LogTable;
use crate::{Error, Result};

/// A partition: the ids from `from` on that are below `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partition {
    pub name: String,
    pub from: Uuid,
    pub to: Uuid,
}

impl Partition {
    /// Returns whether it has what is written after the last month.
    pub fn is_later(&self) -> bool {
        self.to == Uuid::max()
    }

    /// Returns whether it has the ids of one month, or of several if none was made ahead.
    pub fn is_month(&self) -> bool {
        !self.is_later() && self.from != Uuid::nil()
    }
}

/// Loads the partitions of a log of PostgreSQL, the oldest first.
pub(super) async fn load(db: &impl ConnectionTrait, log: LogTable) -> Result<Vec<Partition>> {
    let sql = "SELECT CAST(c.relname AS text) AS name, pg_get_expr(c.relpartbound, c.oid) AS bound \
               FROM pg_inherits i INNER JOIN pg_class c ON c.oid = i.inhrelid \
               WHERE i.inhparent = to_regclass($1)";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [log.name().into()]);
    let mut partitions = Vec::new();
    for row in db.query_all_raw(statement).await? {
        let (name, bound): (String, String) = (row.try_get("", "name")?, row.try_get("", "bound")?);
        let (from, to) = parse(&bound)
            .ok_or_else(|| Error::Internal(format!("partition {name} has an unknown range: {bound}")))?;
        partitions.push(Partition { name, from, to });
    }
    partitions.sort_by_key(|partition| partition.from);
    Ok(partitions)
}

/// Reads a range as PostgreSQL writes it.
fn parse(bound: &str) -> Option<(Uuid, Uuid)> {
    let (from, to) = bound.strip_prefix("FOR VALUES FROM (")?.strip_suffix(')')?.split_once(") TO (")?;
    Some((end(from)?, end(to)?))
}

fn end(text: &str) -> Option<Uuid> {
    match text {
        "MINVALUE" => Some(Uuid::nil()),
        "MAXVALUE" => Some(Uuid::max()),
        quoted => Uuid::parse_str(quoted.strip_prefix('\'')?.strip_suffix('\'')?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_postgresql_writes_them() {
        let id = Uuid::from_u128(0x01a3_6e30_f800_7000_8000_0000_0000_0000);
        let first = parse("FOR VALUES FROM (MINVALUE) TO ('01a36e30-f800-7000-8000-000000000000')");
        assert_eq!(first, Some((Uuid::nil(), id)));
        let later = parse("FOR VALUES FROM ('01a36e30-f800-7000-8000-000000000000') TO (MAXVALUE)");
        assert_eq!(later, Some((id, Uuid::max())));
        for other in ["DEFAULT", "FOR VALUES IN ('a')", "FOR VALUES FROM (1) TO (2)"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
