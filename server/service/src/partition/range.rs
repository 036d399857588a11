//! The partitions of a log, with their ranges.

use domain::time::DAY_MS;
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use super::log_table::LogTable;
use crate::{Error, Result, random};

/// The milliseconds of the longest month.
const MONTH_MS: i64 = 31 * DAY_MS;

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

    /// Returns whether it has what was written before the first month.
    pub fn is_first(&self) -> bool {
        self.from == Uuid::nil()
    }

    /// Returns whether it has the ids of one month, or of several if none was made ahead.
    pub fn is_month(&self) -> bool {
        !self.is_later() && !self.is_first()
    }

    /// Returns whether it has the ids of several months.
    pub fn is_long(&self) -> bool {
        let ms = |id| random::time_of_id(id).millis();
        self.is_month() && ms(self.to) - ms(self.from) > MONTH_MS
    }

    /// Returns whether its rows are deleted one by one at the end of their retention. Until all of them may go, those
    /// of many months would stay.
    pub fn is_by_rows(&self) -> bool {
        self.is_first() || self.is_long()
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

/// Returns the first range of ids from `start` on that no partition has. Rows of it would be refused.
pub(super) fn first_gap(partitions: &[Partition], start: Uuid) -> Option<(Uuid, Uuid)> {
    let mut end = start;
    for partition in partitions {
        if partition.from > end {
            return Some((end, partition.from));
        }
        end = end.max(partition.to);
    }
    (end != Uuid::max()).then_some((end, Uuid::max()))
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

    fn at(text: &str) -> Uuid {
        random::first_id_at(domain::Timestamp::parse_lenient(text).expect("a time"))
    }

    fn of(from: Uuid, to: Uuid) -> Partition {
        Partition { name: "audit_entries_x".to_owned(), from, to }
    }

    #[test]
    fn rows_of_several_months_are_deleted_one_by_one() {
        for (from, to, is_long, is_by_rows) in [
            (at("2027-01-01"), at("2027-02-01"), false, false),
            (at("2027-01-01"), at("2027-03-01"), true, true),
            (at("2027-02-01"), at("2127-02-01"), true, true),
            (Uuid::nil(), at("2027-02-01"), false, true),
            (at("2027-02-01"), Uuid::max(), false, false),
        ] {
            let partition = of(from, to);
            assert_eq!((partition.is_long(), partition.is_by_rows()), (is_long, is_by_rows), "{partition:?}");
        }
    }

    #[test]
    fn gap_is_found_from_a_start_on() {
        let (january, february, march) = (at("2027-01-01"), at("2027-02-01"), at("2027-03-01"));
        let whole = [of(Uuid::nil(), january), of(january, february), of(february, Uuid::max())];
        assert_eq!(first_gap(&whole, january), None);
        let dropped = [whole[0].clone(), whole[2].clone()];
        assert_eq!(first_gap(&dropped, Uuid::nil()), Some((january, february)));
        assert_eq!(first_gap(&dropped, february), None, "the retention has dropped it");
        assert_eq!(first_gap(&whole[..2], january), Some((february, Uuid::max())));
        assert_eq!(first_gap(&whole[..2], march), Some((march, Uuid::max())));
        assert_eq!(first_gap(&[], march), Some((march, Uuid::max())));
    }

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
