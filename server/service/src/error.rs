//! The errors of use cases. The API and the dashboard convert them; neither shows a driver's text
//! to a client.

use domain::bounded_text::Name;
use domain::license::TransitionError;
use domain::product::AvailabilityError;
use domain::{AccountId, FieldError};
use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why a use case did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is invalid; each entry names its field and the remedy.
    #[error("{}", join_messages(.0))]
    Invalid(Vec<FieldError>),
    /// The item does not exist in the actor's account.
    #[error("Not found.")]
    NotFound,
    /// The actor's role does not allow it.
    #[error("Your role does not allow this.")]
    Forbidden,
    /// The customer with this address has another name; the seller decides which name counts. The
    /// answer is a [`domain::customer::NameChoice`].
    #[error("The customer with this address is named “{known}”, not “{given}”. Keep the name or change it.")]
    OtherName {
        /// The stored name.
        known: Name,
        /// The given name.
        given: Name,
    },
    /// The current state does not allow the action.
    #[error("{0}")]
    Conflict(String),
    /// Another member changed the same fields since the form was rendered; each entry names its field and the
    /// stored value.
    #[error("{}", join_messages(.0))]
    Changed(Vec<FieldError>),
    /// The e-mail address and the password do not match.
    #[error("The e-mail address or the password is wrong.")]
    BadCredentials,
    /// Too many attempts; the value is the wait in seconds.
    #[error("Too many attempts. Please wait {} and try again.", format_wait(*.0))]
    TooManyTries(u64),
    /// The database is unavailable: busy, full, or down. Nothing was acknowledged; a retry may
    /// succeed.
    #[error("The database is not available.")]
    Unavailable(#[source] DbErr),
    /// A newer version of Countersign has migrated the database. Only the opening of a database finds it.
    #[error("{}", describe_newer(.database.as_deref(), .program, .migration))]
    NewerDatabase {
        /// The version that migrated the database last, if it is known.
        database: Option<String>,
        /// The version of this program.
        program: &'static str,
        /// The newest migration that this program does not know.
        migration: String,
    },
    /// The state of the chain of this account's audit seals was changed outside Countersign. Nothing may be added to it
    /// or removed before it.
    #[error(
        "the chain of audit seals of account {0} does not match its digest; run `countersign audit verify`"
    )]
    BrokenChain(AccountId),
    /// A defect or a damaged row. Always logged, never shown to a client.
    #[error("internal error: {0}")]
    Internal(String),
    /// An unexpected database error.
    #[error("database error: {0}")]
    Database(#[source] DbErr),
}

impl Error {
    /// Returns whether the error is internal, so that it must be logged.
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_)
                | Self::NewerDatabase { .. }
                | Self::BrokenChain(_)
                | Self::Internal(_)
                | Self::Database(_)
        )
    }

    /// Creates an [`Error::Unavailable`] with a text of this crate.
    pub(crate) fn unavailable(text: &str) -> Self {
        Self::Unavailable(DbErr::Custom(text.to_owned()))
    }

    /// Copies the error of a batch for another request of the same batch.
    pub(crate) fn duplicate(&self) -> Self {
        match self {
            Self::Unavailable(error) => Self::unavailable(&error.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }

    /// Creates the error of a master key that does not belong to the database.
    pub(crate) fn wrong_master_key() -> Self {
        Self::invalid(
            "master_key",
            "This database was made under another master key. Restore the file master.key that belongs to it.",
        )
    }

    /// Creates an error of one field.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }
}

/// Formats a wait in seconds or minutes.
fn format_wait(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0 | 2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// Describes a database of a newer version, with the remedy.
fn describe_newer(database: Option<&str>, program: &str, migration: &str) -> String {
    // Two builds of one version can have different migrations.
    let database = database.filter(|version| *version != program);
    let (newer, start) = match database {
        Some(version) => (format!("Version {version}"), format!("Start version {version} or newer.")),
        None => ("A newer version".to_owned(), "Start the newer version.".to_owned()),
    };
    format!(
        "{newer} of Countersign has migrated this database. This is version {program}, which does not know the migration \
         {migration}. {start} To go back, restore the backup from before the upgrade; there is no downgrade."
    )
}

fn join_messages(invalid: &[FieldError]) -> String {
    let sentences: Vec<&str> = invalid.iter().map(|i| i.message.as_str()).collect();
    sentences.join(" ")
}

impl From<FieldError> for Error {
    fn from(invalid: FieldError) -> Self {
        Self::Invalid(vec![invalid])
    }
}

impl From<TransitionError> for Error {
    fn from(error: TransitionError) -> Self {
        Self::Conflict(error.to_string())
    }
}

impl From<AvailabilityError> for Error {
    fn from(error: AvailabilityError) -> Self {
        Self::Conflict(error.to_string())
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Database(error) }
    }
}

/// Returns whether an insert violated a unique constraint.
pub(crate) fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Returns whether a write names a row that does not exist.
pub(crate) fn is_missing_reference(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_)))
}

/// SQLite's primary result codes that mean "unavailable": BUSY, LOCKED, READONLY, IOERR, FULL,
/// CANTOPEN.
const SQLITE_UNAVAILABLE: [i64; 6] = [5, 6, 8, 10, 13, 14];

/// PostgreSQL's classes and codes that mean "unavailable": connection exceptions, insufficient
/// resources, operator intervention, deadlock and serialization failures, read-only server,
/// idle-in-transaction timeout, lock timeout.
const POSTGRES_UNAVAILABLE: [&str; 8] = ["08", "53", "57", "58", "40", "25006", "25P03", LOCK_NOT_AVAILABLE];
const LOCK_NOT_AVAILABLE: &str = "55P03";

const DEADLOCK_DETECTED: &str = "40P01";

/// Returns whether PostgreSQL's lock timeout ended the statement.
pub(crate) fn is_locked(error: &Error) -> bool {
    has_code(error, LOCK_NOT_AVAILABLE)
}

/// Returns whether PostgreSQL ended the statement because two transactions waited for each other.
pub(crate) fn is_deadlock(error: &Error) -> bool {
    has_code(error, DEADLOCK_DETECTED)
}

fn has_code(error: &Error, code: &str) -> bool {
    let Error::Unavailable(DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))) =
        error
    else {
        return false;
    };
    matches!(&**e, sqlx::Error::Database(e) if e.code().as_deref() == Some(code))
}

/// SQLite's primary result codes of a damaged file: CORRUPT, NOTADB.
const SQLITE_DAMAGED: [i64; 2] = [11, 26];

/// Returns SQLite's text if the error tells that the file is damaged, or is no database.
pub(crate) fn sqlite_damage(error: &Error) -> Option<String> {
    let (Error::Unavailable(error) | Error::Database(error)) = error else { return None };
    let (DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime)) = error else { return None };
    let RuntimeErr::SqlxError(error) = runtime else { return None };
    let sqlx::Error::Database(error) = &**error else { return None };
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    let code: i64 = error.code()?.parse().ok()?;
    SQLITE_DAMAGED.contains(&(code & 0xff)).then(|| error.message().to_owned())
}

fn is_unavailable(error: &DbErr) -> bool {
    let runtime = match error {
        // Any error while connecting: the server starts, stops or does not exist.
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => return true,
        DbErr::Exec(e) | DbErr::Query(e) => e,
        _ => return false,
    };
    let RuntimeErr::SqlxError(error) = runtime else {
        return false;
    };
    match &**error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(e) => e.code().is_some_and(|code| {
            if e.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                code.parse::<i64>().is_ok_and(|code| SQLITE_UNAVAILABLE.contains(&(code & 0xff)))
            } else {
                POSTGRES_UNAVAILABLE.iter().any(|p| code.starts_with(p))
            }
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_database_is_refused_with_the_versions_and_the_remedy() {
        let text = |database: Option<&str>| {
            let (database, migration) = (database.map(ToOwned::to_owned), "m2027_x".to_owned());
            Error::NewerDatabase { database, program: "0.2.0", migration }.to_string()
        };
        let remedy = "To go back, restore the backup from before the upgrade; there is no downgrade.";
        assert_eq!(
            text(Some("0.3.0")),
            format!(
                "Version 0.3.0 of Countersign has migrated this database. This is version 0.2.0, which does not know the \
                 migration m2027_x. Start version 0.3.0 or newer. {remedy}"
            )
        );
        for unknown in [None, Some("0.2.0")] {
            let text = text(unknown);
            assert!(text.starts_with("A newer version of Countersign has migrated"), "{text}");
            assert!(text.ends_with(&format!("Start the newer version. {remedy}")), "{text}");
        }
    }

    #[test]
    fn wait_is_formatted_in_seconds_or_minutes() {
        for (seconds, says) in
            [(1, "1 second"), (90, "90 seconds"), (91, "2 minutes"), (594, "10 minutes"), (600, "10 minutes")]
        {
            let text = Error::TooManyTries(seconds).to_string();
            assert_eq!(text, format!("Too many attempts. Please wait {says} and try again."));
        }
    }
}
