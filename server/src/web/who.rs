//! Who is signed in.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::UserId;
use serde::{Deserialize, Serialize};
use service::account::{Member, member};
use tower_sessions::Session;

use super::Web;

/// A session ends so long after its sign-in, whatever its use, in milliseconds.
const ABSOLUTE_MS: i64 = 14 * domain::time::DAY_MS;
/// Use is written down at most so often, in milliseconds.
const SEEN_MS: i64 = 5 * 60_000;
/// The session's entry for its times.
const TIMES: &str = "times";

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Times {
    opened: i64,
    seen: i64,
}

/// The member, for handlers.
#[derive(Clone)]
pub struct Who(pub Option<Member>);

/// Puts [`Who`] into the request's extensions.
pub async fn who(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    let member = match session {
        Some(session) => of(&web, &session).await,
        None => None,
    };
    request.extensions_mut().insert(Who(member));
    next.run(request).await
}

async fn of(web: &Web, session: &Session) -> Option<Member> {
    let user: UserId = session.get(app::ctx::USER).await.ok()??;
    let now = web.service.now().millis();
    let times: Option<Times> = session.get(TIMES).await.ok()?;
    let times = times.unwrap_or(Times { opened: now, seen: 0 });
    if now - times.opened > ABSOLUTE_MS {
        let _ = session.flush().await;
        return None;
    }
    if now - times.seen > SEEN_MS {
        // A change of the session moves its idle expiry.
        let _ = session.insert(TIMES, Times { seen: now, ..times }).await;
    }
    match member(&web.service, user).await {
        Ok(member) => Some(member),
        Err(service::Error::NotFound) => None,
        Err(error) => {
            tracing::error!(%error, "a session's member could not be read");
            None
        }
    }
}
