//! How a use case can fail. The faces turn these into their own words; none of
//! them shows a driver's text to a client.

use domain::FieldError;
use domain::license::TransitionError;
use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is at fault; each entry names its field and the remedy.
    #[error("{}", join_messages(.0))]
    Invalid(Vec<FieldError>),
    /// There is no such thing in the actor's account.
    #[error("Not found.")]
    NotFound,
    /// The actor's role does not allow it.
    #[error("Your role does not allow this.")]
    Forbidden,
    /// It can't be done as things stand.
    #[error("{0}")]
    Conflict(String),
    /// The e-mail address and the password do not belong together.
    #[error("The e-mail address or the password is wrong.")]
    BadCredentials,
    /// Too many tries; the next one may be made after so many seconds.
    #[error("Too many attempts. Please wait {} and try again.", format_wait(*.0))]
    TooManyTries(u64),
    /// The database can't be used just now: busy, full, or gone. Nothing was
    /// acknowledged, and trying again may help.
    #[error("The database is not available.")]
    Unavailable(#[source] DbErr),
    /// A defect or a damaged row. Never shown, always logged.
    #[error("internal error: {0}")]
    Internal(String),
    /// An unexpected answer of the database.
    #[error("database error: {0}")]
    Database(#[source] DbErr),
}

impl Error {
    /// Whether the fault is ours, so that it has to be logged.
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Internal(_) | Self::Database(_))
    }

    /// That the database can't be used just now, in words of ours.
    pub(crate) fn unavailable(text: &str) -> Self {
        Self::Unavailable(DbErr::Custom(text.to_owned()))
    }

    /// The same failure of the database, for another who waited for the same statement.
    pub(crate) fn duplicate(&self) -> Self {
        match self {
            Self::Unavailable(error) => Self::unavailable(&error.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }

    /// A refusal of one field.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }
}

/// Seconds as people say them.
fn format_wait(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0 | 2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
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

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Database(error) }
    }
}

/// Whether an insert met a row with the same unique value.
pub(crate) fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// SQLite's primary result codes for "not now": BUSY, LOCKED, READONLY, IOERR,
/// FULL, CANTOPEN.
const SQLITE_UNAVAILABLE: [i64; 6] = [5, 6, 8, 10, 13, 14];

/// PostgreSQL's classes and codes for the same: connection exceptions,
/// insufficient resources, operator intervention, deadlock and serialization, a
/// server that takes no writes, a transaction that did nothing for too long, a lock that was
/// not had in time.
const POSTGRES_UNAVAILABLE: [&str; 8] = ["08", "53", "57", "58", "40", "25006", "25P03", LOCK_NOT_AVAILABLE];
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Whether a row was held by somebody else for too long.
pub(crate) fn is_locked(error: &Error) -> bool {
    let Error::Unavailable(DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))) =
        error
    else {
        return false;
    };
    matches!(&**e, sqlx::Error::Database(e) if e.code().as_deref() == Some(LOCK_NOT_AVAILABLE))
}

fn is_unavailable(error: &DbErr) -> bool {
    let runtime = match error {
        // Whatever is wrong with a connection that is being made: the server starts,
        // stops, or is none.
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
    fn wait_is_formatted_in_seconds_or_minutes() {
        for (seconds, says) in
            [(1, "1 second"), (90, "90 seconds"), (91, "2 minutes"), (594, "10 minutes"), (600, "10 minutes")]
        {
            let text = Error::TooManyTries(seconds).to_string();
            assert_eq!(text, format!("Too many attempts. Please wait {says} and try again."));
        }
    }
}
