//! Session store of tower-sessions on the service's sessions. The published SQL store uses an older
//! core and an older sqlx.

use std::fmt;

use app::context::SessionOrigin;
use async_trait::async_trait;
use domain::{Timestamp, UserId};
use serde::de::DeserializeOwned;
use service::Service;
use service::session::{self as rows, SessionRecord};
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use super::current_member::{SessionTimes, TIMES_KEY};

#[derive(Clone)]
pub struct DbSessionStore(Service);

impl DbSessionStore {
    pub fn new(service: Service) -> Self {
        Self(service)
    }
}

impl fmt::Debug for DbSessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DbSessionStore")
    }
}

#[async_trait]
impl SessionStore for DbSessionStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !rows::create(&self.0, &id_bytes(record.id), user_id(record), to_session_record(record)?)
            .await
            .map_err(backend_error)?
        {
            // The id is in use (probability 2^-128): try another one.
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        // Only the last use is saved here; sign-in saves the member. A failure must not fail the
        // page.
        match rows::save(&self.0, &id_bytes(record.id), user_id(record), to_session_record(record)?).await {
            Err(error @ service::Error::Unavailable(_)) => {
                tracing::warn!(%error, "session activity not saved; the session may expire early");
                Ok(())
            }
            other => other.map_err(backend_error),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(stored) = rows::load(&self.0, &id_bytes(*id)).await.map_err(backend_error)? else {
            return Ok(None);
        };
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(stored.expires_at.seconds())
            .map_err(|e| Error::Decode(e.to_string()))?;
        let data = serde_json::from_str(&stored.data).map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        rows::delete(&self.0, &id_bytes(*id)).await.map_err(backend_error)
    }
}

fn id_bytes(id: Id) -> [u8; 16] {
    id.0.to_be_bytes()
}

fn user_id(record: &Record) -> Option<UserId> {
    value(record, app::context::USER_KEY)
}

fn value<T: DeserializeOwned>(record: &Record, key: &str) -> Option<T> {
    record.data.get(key).and_then(|value| serde_json::from_value(value.clone()).ok())
}

fn to_session_record(record: &Record) -> Result<SessionRecord> {
    let times: Option<SessionTimes> = value(record, TIMES_KEY);
    let origin: SessionOrigin = value(record, app::context::ORIGIN_KEY).unwrap_or_default();
    Ok(SessionRecord {
        data: serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?,
        expires_at: Timestamp::from_millis(record.expiry_date.unix_timestamp().saturating_mul(1000)),
        account: value(record, app::context::ACCOUNT_KEY),
        opened_at: times.map(|times| Timestamp::from_millis(times.opened)),
        last_used_at: times.map(|times| Timestamp::from_millis(times.seen)),
        address: origin.address,
        user_agent: origin.user_agent,
    })
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn backend_error(error: service::Error) -> Error {
    Error::Backend(error.to_string())
}
