//! The only room that builds queries. Others see domain types and the few
//! structs that are exported here.

pub(crate) mod bulk;
mod checkpoint;
mod connect;
pub(crate) mod entity;
pub(crate) mod group;
mod held;
pub(crate) mod limit;
mod line;
pub(crate) mod map;
mod own;
mod postgres;
pub(crate) mod reads;
pub(crate) mod scope;
mod sqlite;
pub(crate) mod text;
mod txn;
pub(crate) mod write;

pub(crate) use checkpoint::TOO_LONG;
pub use connect::Options;
pub(crate) use connect::Store;
pub(crate) use postgres::WHOLE_TABLES;
pub(crate) use sqlite::WRITER_CACHE_KIB;
pub(crate) use txn::{CHANNEL, Entry, WriteTxn};
