//! Event stream of live pages (server-sent events): names the pages of a browser that changed.
//!
//! A message holds topics and a version, and no data: the page requests itself again, so that one place
//! checks permissions and renders. A stream buffers nothing, because changes between two messages coalesce.

use std::convert::Infallible;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use app::UiError;
use axum::extract::{RawQuery, State};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use domain::AccountId;
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;
use service::live::{Topic, Viewer, WatchedTopic, watch};
use service::{Error, Result};
use tokio::time::{Instant, sleep_until};
use tower_sessions::Session;
use tower_sessions::session::Id;

use super::current_member::{self, CurrentMember};
use super::live_limit::StreamPermit;
use super::live_pace::Pace;
use super::session_store::DbSessionStore;
use super::state::WebState;
use super::unavailable::unavailable;

/// Interval at which a stream checks its session. The comment that it then sends keeps the connection open in
/// proxies, and fails if the browser is gone.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// Delay after which a refused browser may try again, in seconds.
const RETRY_SECONDS: &str = "30";
/// Asks nginx not to buffer the stream.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Streams the changes of the topics in the URL: each `topic` is a topic, with the version of its page after
/// `@`.
pub async fn stream(
    State(web): State<WebState>,
    session: Session,
    Extension(member): Extension<CurrentMember>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let (Some(member), Some(session)) = (member.member, session.id()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let topics = parse(&query.unwrap_or_default());
    let account = member.actor.account;
    let Some(permit) = web.streams.acquire(account, session.0) else { return too_many_streams() };
    let viewer = match watch(&web.service, &member.actor, &topics).await {
        Ok(viewer) => viewer,
        Err(error) => return refuse(&error, &headers),
    };
    let topics = topics.into_iter().map(|watched| watched.topic).collect();
    let state = LiveStream {
        web,
        session,
        account,
        viewer,
        topics,
        is_new: true,
        has_ended: false,
        pace: Pace::default(),
        checked_at: Instant::now(),
        _permit: permit,
    };
    let mut response = Sse::new(unfold(state, LiveStream::next).fuse()).into_response();
    response.headers_mut().insert(NO_BUFFERING, HeaderValue::from_static("no"));
    response
}

/// Returns the topics of a query. Unknown words are left out, as missing licenses are: another tab of the
/// browser may show a page of another version of the server.
fn parse(query: &str) -> Vec<WatchedTopic> {
    let topics = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "topic");
    topics
        .filter_map(|(_, value)| {
            let (topic, seen) = match value.split_once('@') {
                Some((topic, seen)) => (topic, Some(seen.to_owned())),
                None => (&*value, None),
            };
            Some(WatchedTopic { topic: topic.parse().ok()?, seen })
        })
        .collect()
}

fn refuse(error: &Error, headers: &HeaderMap) -> Response {
    if error.is_server_error() {
        tracing::error!(%error, "live updates could not begin");
        return unavailable(headers);
    }
    let (status, code) = match error {
        Error::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        _ => (StatusCode::FORBIDDEN, "forbidden"),
    };
    (status, Json(UiError::new(code, error.to_string()))).into_response()
}

fn too_many_streams() -> Response {
    let error =
        UiError::new("too_many_streams", "Too many pages are open. This one works without live updates.");
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, Json(error)).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
    response
}

/// The state of an open stream.
struct LiveStream {
    web: WebState,
    session: Id,
    account: AccountId,
    viewer: Viewer,
    topics: Vec<Topic>,
    is_new: bool,
    has_ended: bool,
    pace: Pace,
    checked_at: Instant,
    _permit: StreamPermit,
}

impl LiveStream {
    /// Returns the next message. `None` at the end of the session or of the process.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if self.has_ended {
            return None;
        }
        if mem::take(&mut self.is_new) {
            // Some proxies send the header with the first byte of the body.
            return Some((Ok(Event::default().comment("open")), self));
        }
        let event = tokio::select! {
            // Also in the pause between two messages: the shutdown waits for all streams.
            () = self.viewer.closed() => return None,
            () = self.pace.due(&self.viewer) => {
                let changed = self.viewer.take_changes();
                let topics = changed.iter().filter_map(|position| self.topics.get(*position));
                let topics: Vec<_> = topics.map(Topic::to_string).collect();
                self.pace.note_message();
                let data = json!({ "version": self.viewer.version(), "topics": topics });
                Event::default().event("changed").data(data.to_string())
            }
            () = sleep_until(self.checked_at + CHECK_INTERVAL) => {
                self.checked_at = Instant::now();
                if self.is_signed_in().await {
                    Event::default().comment("")
                } else {
                    self.has_ended = true;
                    // The browser must not connect again.
                    Event::default().event("end").data("signed_out")
                }
            }
        };
        Some((Ok(event), self))
    }

    /// Returns whether the session still signs a member of the account in, as the database has it now.
    async fn is_signed_in(&self) -> bool {
        let store = Arc::new(DbSessionStore::new(self.web.service.clone()));
        let session = Session::new(Some(self.session), store, None);
        match current_member::stored(&self.web, &session).await {
            Ok(current) => current.member.is_some_and(|member| member.actor.account == self.account),
            Err(error) => {
                tracing::debug!(%error, "session of a live page not checked; the next check follows in 5 s");
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_a_url() {
        let id = "01930000-0000-7000-8000-000000000001";
        let topics = parse(&format!("topic=overview:{id}@a.7&x=1&topic=overview&topic=license%3A{id}"));
        let seen: Vec<_> = topics.iter().map(|t| (t.topic.to_string(), t.seen.as_deref())).collect();
        assert_eq!(seen, [(format!("overview:{id}"), Some("a.7")), (format!("license:{id}"), None)]);
        assert_eq!(parse("topic=everything&x=1"), []);
    }
}
