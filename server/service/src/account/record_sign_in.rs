//! Audit entries of sign-ins and of failed ones, in every account of the user, and the notice of a new
//! browser.

use domain::event::Event;
use domain::{AccountId, FieldError, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::notice::{Notice, notify};
use crate::store::AuditEvent;
use crate::store::entity::{memberships, users};
use crate::{Actor, Error, Principal, Result, Service};

/// The outcome of a sign-in.
pub(super) enum SignInRecord {
    /// The user is signed in.
    Succeeded {
        /// The browser in words, if it has not signed in before.
        new_browser: Option<String>,
    },
    /// The password or the code was wrong.
    Failed,
}

/// Writes the audit entries in the background, so that a known and an unknown address take the same
/// time.
pub(super) fn record_sign_in(service: &Service, user: UserId, record: SignInRecord, address: Option<&str>) {
    let (service, address) = (service.clone(), address.map(ToOwned::to_owned));
    tokio::spawn(async move {
        if let Err(error) = write_entries(&service, user, record, address).await {
            tracing::warn!(%error, "audit entry of a sign-in not written");
        }
    });
}

async fn write_entries(
    service: &Service,
    user: UserId,
    record: SignInRecord,
    address: Option<String>,
) -> Result<()> {
    let (event, new_browser) = match record {
        SignInRecord::Succeeded { new_browser } => (Event::MemberSignedIn, new_browser),
        SignInRecord::Failed => (Event::MemberSignInFailed, None),
    };
    let mut txn = service.begin_write().await?;
    let row = users::Entity::find_by_id(user.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    let joined = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .order_by_asc(memberships::Column::AccountId)
        .all(txn.conn())
        .await?;
    for membership in joined {
        let (principal, detail) = if event == Event::MemberSignedIn {
            memberships::Entity::update_many()
                .col_expr(memberships::Column::LastSignInAt, Expr::value(txn.now().millis()))
                .filter(memberships::Column::UserId.eq(user.0))
                .filter(memberships::Column::AccountId.eq(membership.account_id))
                .exec(txn.conn())
                .await?;
            let role = membership.role.parse().map_err(|e: FieldError| Error::Internal(e.to_string()))?;
            (Principal::Member { user, name: row.name.clone(), role, ip: address.clone() }, None)
        } else {
            // The person behind a failure is unknown.
            let from = address.as_deref().unwrap_or("an unknown address");
            (Principal::System, Some(format!("{} from {from}", row.email)))
        };
        let actor = Actor { account: AccountId(membership.account_id), principal };
        let payload = serde_json::json!({ "user_id": user });
        txn.record(&actor, AuditEvent { event, license: None, product: None, detail, payload });
    }
    if let Some(browser) = new_browser {
        notify(service, &txn, user, &Notice::NewBrowser { browser, address }).await?;
    }
    txn.commit().await
}
