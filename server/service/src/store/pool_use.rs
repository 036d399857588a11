//! The use of a connection pool.

use sea_orm::sqlx::{Database, Pool};

/// The connections of a pool at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// `writer`, `readers` or `lists` on SQLite, `shared` on PostgreSQL.
    pub name: &'static str,
    /// Connections that a request or a worker uses.
    pub used: u64,
    /// Open connections that wait for one.
    pub idle: u64,
    /// Maximum number of connections.
    pub max: u64,
}

impl PoolUse {
    pub(super) fn of<D: Database>(name: &'static str, pool: &Pool<D>) -> Self {
        let (open, idle) = (u64::from(pool.size()), pool.num_idle() as u64);
        Self {
            name,
            // The two numbers are not read at one moment.
            used: open.saturating_sub(idle),
            idle,
            max: u64::from(pool.options().get_max_connections()),
        }
    }
}
