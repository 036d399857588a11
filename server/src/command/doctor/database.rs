//! Version, durability, structure, clock and schema of the database.

use service::inspection::{
    Engine, Inspection, InspectionError, Integrity, PostgresState, SchemaState, SqliteState,
};
use service::node::VERSION;

use super::super::context::user_message;
use super::code::Code;
use super::report::Finding;
use crate::backup_folder;
use crate::config::Config;

/// The oldest major version of PostgreSQL that gets fixes, until November 2027. Version 14 got its last ones in
/// November 2026.
const OLDEST_POSTGRES: i64 = 15;
/// Largest harmless difference of two clocks, in milliseconds: what the server warns of.
const MAX_CLOCK_SKEW_MS: i64 = 1000;

/// Judges a look at the database. [`missing`] judges that there is none.
pub fn check(inspected: Result<Option<&Inspection>, &InspectionError>) -> Vec<Finding> {
    match inspected {
        Err(error) => vec![unread(error)],
        Ok(None) => Vec::new(),
        Ok(Some(inspection)) => {
            let mut findings = match &inspection.engine {
                Engine::Sqlite(state) => sqlite(state),
                Engine::Postgres(state) => postgres(state),
            };
            findings.push(schema(&inspection.schema));
            findings
        }
    }
}

fn unread(error: &InspectionError) -> Finding {
    let reason = match error {
        InspectionError::Damaged(fault) => return damaged(fault),
        InspectionError::Changed => return unfinished("the file changed meanwhile"),
        InspectionError::Pooled => {
            return Finding::fault(
                Code::PoolerInTransactionMode,
                "COUNTERSIGN_DATABASE_URL leads to a pooler that gives each transaction another session of PostgreSQL.",
                "Connect to PostgreSQL directly, or set the pooler to session mode. The server does not start behind one \
                 in transaction mode, because changes of other nodes would not arrive.",
            );
        }
        InspectionError::TimedOut(_) => error.to_string(),
        InspectionError::Failed(error) => user_message(error),
    };
    Finding::fault(
        Code::DatabaseUnreachable,
        format!("The database can't be read: {reason}"),
        "Start the database, and check COUNTERSIGN_DATABASE_URL, its password and the network. Of a SQLite file, check \
         that it is the database and that this user may read it. If another program holds locks for long, end it.",
    )
}

/// Judges a missing or empty SQLite file. The first start has none, but what only a later one has beside it means that
/// the database was lost.
pub fn missing(settings: &Config, server_runs: bool) -> Finding {
    let has_backups =
        settings.backup_dir.as_deref().is_some_and(|folder| !backup_folder::list(folder).is_empty());
    let trace = if settings.master_key_file().exists() {
        Some("there is a master key")
    } else if has_backups {
        Some("there are backups")
    } else if server_runs {
        Some("a server runs")
    } else {
        None
    };
    match trace {
        Some(trace) => Finding::fault(
            Code::DatabaseLost,
            format!(
                "The SQLite file is missing or empty, but {trace}: the database was lost, or lies elsewhere."
            ),
            "Do not start the server: it would create an empty database. Mount the disk or correct \
             COUNTERSIGN_DATABASE_URL; else stop the server, and restore a backup by `countersign restore FILE`.",
        ),
        None => Finding::fault(
            Code::DatabaseMissing,
            "There is no database yet.",
            "Nothing, before the first start: it creates the database. Otherwise restore a backup by `countersign \
             restore FILE`, before any start.",
        ),
    }
}

fn sqlite(state: &SqliteState) -> Vec<Finding> {
    let version = &state.version;
    let mut findings =
        vec![Finding::fact(Code::DatabaseReached, format!("The database is SQLite {version}."))];
    if state.is_wal {
        let found = "Acknowledged changes are on the disk: the file is in WAL mode.";
        findings.push(Finding::fact(Code::DurabilityFull, found));
    } else {
        findings.push(Finding::fault(
            Code::DurabilityJournalMode,
            "The SQLite file is not in WAL mode: another program has changed its journal mode.",
            "Restart the server, which sets it again, and open the file by no other program.",
        ));
    }
    findings.push(match &state.integrity {
        Integrity::Whole => Finding::fact(Code::IntegrityWhole, "The structure of the SQLite file is whole."),
        Integrity::Unfinished(reason) => unfinished(reason),
        Integrity::Damaged(fault) => damaged(fault),
    });
    findings
}

fn unfinished(reason: &str) -> Finding {
    Finding::fault(
        Code::IntegrityUnfinished,
        format!("The structure of the SQLite file was not checked to the end: {reason}."),
        "Run this command again, or `countersign backup FILE`, which checks a whole copy.",
    )
}

fn damaged(fault: &str) -> Finding {
    Finding::fault(
        Code::IntegrityDamaged,
        format!("The SQLite file is damaged: {fault}"),
        "Stop the server, move the file with its -wal and -shm files away, and restore the newest backup by \
         `countersign restore FILE`. Then check the disk.",
    )
}

fn postgres(state: &PostgresState) -> Vec<Finding> {
    let version = &state.version;
    let mut findings =
        vec![Finding::fact(Code::DatabaseReached, format!("The database is PostgreSQL {version}."))];
    if state.version_number / 10_000 < OLDEST_POSTGRES {
        findings.push(Finding::fault(
            Code::DatabaseVersionOld,
            format!("PostgreSQL {version} gets no fixes any more."),
            format!("Upgrade PostgreSQL to version {OLDEST_POSTGRES} or newer."),
        ));
    }
    if state.is_standby {
        findings.push(Finding::fault(
            Code::DatabaseStandby,
            "The database is a standby, which takes no writes.",
            "Promote it, or point COUNTERSIGN_DATABASE_URL to the primary.",
        ));
    }
    if !state.keeps_settings {
        findings.push(Finding::fault(
            Code::PoolerDropsSettings,
            "A pooler before PostgreSQL drops the settings of sessions: locks of a stopped node are kept for long.",
            "Give the settings to the role of COUNTERSIGN_DATABASE_URL by ALTER ROLE, as in \"Pooler\" in \
             docs/operations.md, or connect to PostgreSQL directly.",
        ));
    }
    findings.extend(partitions(state));
    findings.extend(durability(state));
    findings.push(clock(state.clock_skew_ms));
    findings
}

/// Statements on a whole log that run at once, of those without a range of ids.
const STATEMENTS_AT_ONCE: i64 = 10;

fn partitions(state: &PostgresState) -> Vec<Finding> {
    let mut findings = Vec::new();
    let remedy = "Start the server: within some 10 minutes it makes them. If it runs, read its log for \"partitions of the \
                  next months not made\", and check the clocks of its nodes.";
    if !state.missing_partitions.is_empty() {
        findings.push(Finding::fault(
            Code::PartitionsMissing,
            format!("Partitions are missing: {}.", state.missing_partitions.join(", ")),
            remedy,
        ));
    }
    if !state.late_partitions.is_empty() {
        findings.push(Finding::fault(
            Code::PartitionsMissing,
            format!(
                "Entries lie in {}, because the partitions of their months were not made ahead.",
                state.late_partitions.join(" and ")
            ),
            remedy,
        ));
    }
    if !state.long_partitions.is_empty() {
        findings.push(Finding::fault(
            Code::PartitionsLong,
            format!(
                "Partitions have the entries of several months, which the retention deletes row by row: {}.",
                state.long_partitions.join(", ")
            ),
            "Check the clocks of the nodes: an entry of a clock that is ahead makes such a partition. It goes when the \
             retention of its last entry has ended.",
        ));
    }
    if state.partition_locks * STATEMENTS_AT_ONCE > state.lock_capacity {
        findings.push(Finding::fault(
            Code::LocksFew,
            format!(
                "A statement on all partitions of a log takes {} locks, and PostgreSQL has room for {}.",
                state.partition_locks, state.lock_capacity
            ),
            "Set max_locks_per_transaction of PostgreSQL higher, such as to 256, and restart PostgreSQL.",
        ));
    }
    findings
}

fn durability(state: &PostgresState) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !state.fsync {
        findings.push(Finding::fault(
            Code::DurabilityFsyncOff,
            "PostgreSQL runs with fsync off: a power failure destroys the database.",
            "Run in psql: ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();",
        ));
    }
    if !state.full_page_writes {
        findings.push(Finding::fault(
            Code::DurabilityPageWritesOff,
            "PostgreSQL runs with full_page_writes off: a power failure may destroy pages.",
            "Run in psql: ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf(); Leave it off only on storage \
             that copies on write and never tears a page, such as ZFS.",
        ));
    }
    if state.synchronous_commit == "off" {
        findings.push(Finding::fault(
            Code::DurabilityCommitsMayBeLost,
            "PostgreSQL runs with synchronous_commit off: a crash loses the last acknowledged changes.",
            "Set synchronous_commit to on, for the server, the database and the user: ALTER SYSTEM, ALTER DATABASE or \
             ALTER ROLE ... RESET synchronous_commit.",
        ));
    }
    if findings.is_empty() {
        let commit = &state.synchronous_commit;
        let found = format!(
            "Acknowledged changes are on the disk: fsync and full_page_writes on, synchronous_commit {commit}."
        );
        findings.push(Finding::fact(Code::DurabilityFull, found));
    }
    findings
}

fn clock(skew_ms: i64) -> Finding {
    if skew_ms.unsigned_abs() <= MAX_CLOCK_SKEW_MS.unsigned_abs() {
        return Finding::fact(Code::ClockAgrees, "The clocks of this machine and of the database agree.");
    }
    let direction = if skew_ms > 0 { "ahead of" } else { "behind" };
    let (seconds, tenths) = (skew_ms.unsigned_abs() / 1000, skew_ms.unsigned_abs() % 1000 / 100);
    Finding::fault(
        Code::ClockSkew,
        format!("The clock of this machine is {seconds}.{tenths} s {direction} that of the database."),
        "Run NTP on both machines: leases and expiries follow their clocks.",
    )
}

fn schema(state: &SchemaState) -> Finding {
    if let Some(newest) = state.unknown.last() {
        let newer = state.migrated_by.as_deref().filter(|version| *version != VERSION);
        let newer =
            newer.map_or_else(|| "A newer version".to_owned(), |version| format!("Version {version}"));
        return Finding::fault(
            Code::SchemaNewer,
            format!(
                "{newer} of Countersign has migrated the database: this program, version {VERSION}, does not know {newest}."
            ),
            "Start the newer version. To go back, restore the backup from before the upgrade; there is no downgrade.",
        );
    }
    match state.pending.len() {
        0 => Finding::fact(Code::SchemaCurrent, "The schema of the database is that of this program."),
        count => Finding::fault(
            Code::SchemaPending,
            format!("The database lacks {count} migrations of this program."),
            "Back up, then start the server or run `countersign migrate`: both apply them.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sound() -> PostgresState {
        PostgresState {
            version: "17.2".to_owned(),
            version_number: 170_002,
            synchronous_commit: "on".to_owned(),
            fsync: true,
            full_page_writes: true,
            is_standby: false,
            keeps_settings: true,
            late_partitions: Vec::new(),
            missing_partitions: Vec::new(),
            long_partitions: Vec::new(),
            partition_locks: 640,
            lock_capacity: 6400,
            bytes: 1,
            clock_skew_ms: 0,
        }
    }

    fn codes(findings: &[Finding]) -> Vec<Code> {
        findings.iter().map(Finding::code).collect()
    }

    #[test]
    fn unsafe_settings_of_postgres_are_named() {
        let sound_codes = [Code::DatabaseReached, Code::DurabilityFull, Code::ClockAgrees];
        assert_eq!(codes(&postgres(&sound())), sound_codes);
        for commit in ["local", "remote_write", "remote_apply"] {
            let state = PostgresState { synchronous_commit: commit.to_owned(), ..sound() };
            assert_eq!(codes(&postgres(&state)), sound_codes, "{commit}");
        }
        let oldest = PostgresState { version_number: 150_000, ..sound() };
        assert_eq!(codes(&postgres(&oldest)), sound_codes);
        let off = || "off".to_owned();
        for (state, code) in [
            (PostgresState { fsync: false, ..sound() }, Code::DurabilityFsyncOff),
            (PostgresState { full_page_writes: false, ..sound() }, Code::DurabilityPageWritesOff),
            (PostgresState { synchronous_commit: off(), ..sound() }, Code::DurabilityCommitsMayBeLost),
            (PostgresState { is_standby: true, ..sound() }, Code::DatabaseStandby),
            (PostgresState { keeps_settings: false, ..sound() }, Code::PoolerDropsSettings),
            (
                PostgresState { late_partitions: vec!["audit_entries_later".to_owned()], ..sound() },
                Code::PartitionsMissing,
            ),
            (
                PostgresState { missing_partitions: vec!["audit_entries from".to_owned()], ..sound() },
                Code::PartitionsMissing,
            ),
            (
                PostgresState { long_partitions: vec!["audit_entries_2027_02".to_owned()], ..sound() },
                Code::PartitionsLong,
            ),
            (PostgresState { partition_locks: 641, ..sound() }, Code::LocksFew),
            (PostgresState { version_number: 140_020, ..sound() }, Code::DatabaseVersionOld),
            (PostgresState { clock_skew_ms: -1001, ..sound() }, Code::ClockSkew),
        ] {
            assert!(codes(&postgres(&state)).contains(&code), "{code:?}");
        }
    }

    #[test]
    fn damage_and_journal_mode_of_sqlite_are_named() {
        let state =
            |is_wal, integrity| SqliteState { version: "3.50.4".to_owned(), is_wal, integrity, bytes: 1 };
        let found = |state: &SqliteState| codes(&sqlite(state))[1..].to_vec();
        let whole = Integrity::Whole;
        assert_eq!(found(&state(true, whole.clone())), [Code::DurabilityFull, Code::IntegrityWhole]);
        assert_eq!(found(&state(false, whole))[0], Code::DurabilityJournalMode);
        assert_eq!(found(&state(true, Integrity::Damaged("x".into())))[1], Code::IntegrityDamaged);
        assert_eq!(found(&state(true, Integrity::Unfinished("x".into())))[1], Code::IntegrityUnfinished);
    }

    #[test]
    fn each_reason_of_an_unread_database_has_its_code() {
        let code = |error: &InspectionError| unread(error).code();
        assert_eq!(code(&InspectionError::Damaged("x".into())), Code::IntegrityDamaged);
        assert_eq!(code(&InspectionError::Changed), Code::IntegrityUnfinished);
        assert_eq!(code(&InspectionError::Pooled), Code::PoolerInTransactionMode);
        assert_eq!(code(&InspectionError::TimedOut(15)), Code::DatabaseUnreachable);
    }

    #[test]
    fn missing_database_is_lost_if_anything_shows_a_former_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let backups = folder.path().join("backups");
        let settings = Config {
            data_dir: folder.path().into(),
            backup_dir: Some(backups.clone()),
            master_key: Some("x".to_owned()),
            ..Config::default()
        };
        assert_eq!(missing(&settings, false).code(), Code::DatabaseMissing);
        assert_eq!(missing(&settings, true).code(), Code::DatabaseLost, "a server runs");
        std::fs::create_dir(&backups).expect("a folder");
        let backup = backups.join("countersign-20261129T083000Z.db");
        std::fs::write(&backup, "x").expect("a file");
        assert_eq!(missing(&settings, false).code(), Code::DatabaseLost, "there is a backup");
        std::fs::remove_file(&backup).expect("removed");
        std::fs::write(settings.master_key_file(), "x").expect("a file");
        assert_eq!(missing(&settings, false).code(), Code::DatabaseLost, "there is a key");
    }

    #[test]
    fn newer_schema_matters_more_than_pending_migrations() {
        let state = |pending: &[&str], unknown: &[&str]| {
            let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
            let (pending, unknown) = (names(pending), names(unknown));
            schema(&SchemaState { pending, unknown, migrated_by: None }).code()
        };
        assert_eq!(state(&[], &[]), Code::SchemaCurrent);
        assert_eq!(state(&["a"], &[]), Code::SchemaPending);
        assert_eq!(state(&["a"], &["b"]), Code::SchemaNewer);
    }

    proptest! {
        #[test]
        fn clocks_agree_to_within_a_second(skew in any::<i64>()) {
            let agrees = clock(skew).code() == Code::ClockAgrees;
            prop_assert_eq!(agrees, (-1000..=1000).contains(&skew));
        }
    }
}
