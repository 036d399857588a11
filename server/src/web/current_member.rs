//! The signed-in user.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::{AccountId, UserId};
use serde::{Deserialize, Serialize};
use service::account::{CredentialVersion, Member, member};
use tower_sessions::Session;

use super::live_request;
use super::state::WebState;
use super::unavailable::unavailable_to;
use crate::middleware::client_ip::ClientIp;

/// Absolute timeout of a session after sign-in, in milliseconds.
const ABSOLUTE_TIMEOUT_MS: i64 = 14 * domain::time::DAY_MS;
/// Minimum interval between two saves of a session's last use, in milliseconds.
const TOUCH_INTERVAL_MS: i64 = 5 * 60_000;
/// The session key of its times.
pub const TIMES_KEY: &str = "times";

/// When a session was opened and last used, in milliseconds since the epoch, UTC.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct SessionTimes {
    pub opened: i64,
    pub seen: i64,
}

/// The signed-in member, as a request extension.
#[derive(Clone, Default)]
pub struct CurrentMember {
    /// The member.
    pub member: Option<Member>,
    /// A member whose account requires a second factor that is not set up. Such a member may only do that.
    pub restricted: Option<Member>,
    /// A member whose account the operator has suspended. Such a member may only read that, sign out, or
    /// switch to another account.
    pub suspended: Option<Member>,
}

impl CurrentMember {
    /// Returns the path of the page that alone is open to the member. `None` if all pages are, or no user is
    /// signed in.
    pub fn only_page(&self) -> Option<&'static str> {
        let suspended = self.suspended.as_ref().map(|_| app::SUSPENDED_PATH);
        suspended.or(self.restricted.as_ref().map(|_| "/account"))
    }
}

impl From<Option<Member>> for CurrentMember {
    fn from(member: Option<Member>) -> Self {
        match member {
            Some(member) if member.suspension.is_some() => {
                Self { suspended: Some(member), ..Self::default() }
            }
            Some(member) if member.must_set_up_second_factor => {
                Self { restricted: Some(member), ..Self::default() }
            }
            member => Self { member, ..Self::default() },
        }
    }
}

/// Adds [`CurrentMember`] to the request. A database failure is answered as unavailable, so that no
/// member appears signed out.
pub async fn load(State(web): State<WebState>, mut request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    let ip = request.extensions().get::<ClientIp>().map(|ClientIp(ip)| ip.to_string());
    let is_use = !live_request::is_live(&request);
    let member = match session {
        Some(session) => load_member(&web, &session, is_use).await,
        None => Ok(None),
    };
    match member {
        Ok(member) => {
            // Audit entries name the address of a change.
            let member = member.map(|member| Member { actor: member.actor.clone().with_ip(ip), ..member });
            request.extensions_mut().insert(CurrentMember::from(member));
            next.run(request).await
        }
        Err(error) => {
            tracing::error!(%error, "session could not be loaded");
            unavailable_to(&web, &request)
        }
    }
}

/// Returns the member of a session as the database has it now. This is no use of the session.
pub async fn stored(web: &WebState, session: &Session) -> Result<CurrentMember, String> {
    load_member(web, session, false).await.map(CurrentMember::from)
}

/// Loads the member of a session. `is_use` extends the idle timeout.
async fn load_member(web: &WebState, session: &Session, is_use: bool) -> Result<Option<Member>, String> {
    let Some(user) = session.get::<UserId>(app::context::USER_KEY).await.map_err(|e| e.to_string())? else {
        return Ok(None);
    };
    let now = web.service.now().millis();
    let times: Option<SessionTimes> = session.get(TIMES_KEY).await.map_err(|e| e.to_string())?;
    let times = times.unwrap_or(SessionTimes { opened: now, seen: 0 });
    if now - times.opened > ABSOLUTE_TIMEOUT_MS {
        let _ = session.flush().await;
        return Ok(None);
    }
    if is_use && now - times.seen > TOUCH_INTERVAL_MS {
        // Saved now, which extends the idle timeout: a save at the end of a slow request would undo changes of
        // others meanwhile.
        let _ = session.insert(TIMES_KEY, SessionTimes { seen: now, ..times }).await;
        let _ = session.save().await;
    }
    let version: Option<CredentialVersion> =
        session.get(app::context::CREDENTIAL_VERSION_KEY).await.map_err(|e| e.to_string())?;
    let chosen: Option<AccountId> =
        session.get(app::context::ACCOUNT_KEY).await.map_err(|e| e.to_string())?;
    match member(&web.service, user, chosen).await {
        Ok(member) if version.as_ref() == Some(&member.credential_version) => Ok(Some(member)),
        // Password or second factor were changed after this session proved them.
        Ok(_) => {
            let _ = session.flush().await;
            Ok(None)
        }
        Err(service::Error::NotFound) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}
