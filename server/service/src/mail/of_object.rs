//! Mails about one object, such as an invitation or a license.

use std::collections::HashMap;

use domain::LicenseId;
use domain::mail::{MailKind, MailState};
use domain::permission::Permission;
use domain::view::{LicenseMail, MailStatus};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::row::{self, Summary};
use crate::store::entity::mails;
use crate::store::{WriteTxn, scope};
use crate::{Actor, Result, Service};

/// Returns the state of the latest mail with the license's key. `None` if none was asked for within 30 days.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database fails.
#[tracing::instrument(name = "mail.of_license", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn of_license(service: &Service, actor: &Actor, id: LicenseId) -> Result<Option<MailStatus>> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    scope::license(db, actor.account, id).await?;
    latest_of_kind(db, id, MailKind::LicenseKey).await
}

/// Returns the latest reminder and the latest notice of an activation to the license's customer, of the last
/// 30 days.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database fails.
#[tracing::instrument(name = "mail.notices_of_license", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn notices_of_license(service: &Service, actor: &Actor, id: LicenseId) -> Result<Vec<LicenseMail>> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    scope::license(db, actor.account, id).await?;
    let mut notices = Vec::new();
    for kind in [MailKind::ExpiryReminder, MailKind::ActivationNotice] {
        let status = latest_of_kind(db, id, kind).await?;
        notices.extend(status.map(|status| LicenseMail { kind, status }));
    }
    Ok(notices)
}

/// Returns the state of the latest mail of a kind about a license, which must be of the actor's account.
async fn latest_of_kind(
    db: &impl ConnectionTrait,
    license: LicenseId,
    kind: MailKind,
) -> Result<Option<MailStatus>> {
    let latest = row::summaries()
        .filter(mails::Column::ObjectId.eq(license.0))
        .filter(mails::Column::Kind.eq(kind.as_str()))
        .order_by_desc(mails::Column::Id)
        .limit(1)
        .into_model::<Summary>()
        .one(db)
        .await?;
    latest.map(|mail| row::status(&mail)).transpose()
}

/// Returns the states of the mails of invitations, of which each has a mail at most. The invitations must be
/// of the actor's account.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn of_invitations(
    db: &impl ConnectionTrait,
    invitations: &[Uuid],
) -> Result<HashMap<Uuid, MailStatus>> {
    if invitations.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = row::summaries()
        .filter(mails::Column::ObjectId.is_in(invitations.iter().copied()))
        .into_model::<Summary>()
        .all(db)
        .await?;
    let mut states = HashMap::new();
    for row in rows {
        if let Some(invitation) = row.object_id {
            states.insert(invitation, row::status(&row)?);
        }
    }
    Ok(states)
}

/// Ends the unsent mails of a kind about an object, whose content is worthless now. `reason` is a sentence.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn cancel(txn: &WriteTxn, kind: MailKind, object: Uuid, reason: &str) -> Result<()> {
    mails::Entity::update_many()
        .col_expr(mails::Column::State, Expr::value(MailState::Failed.as_str()))
        .col_expr(mails::Column::StateAt, Expr::value(txn.now().millis()))
        .col_expr(mails::Column::LastError, Expr::value(reason))
        .col_expr(mails::Column::BodySealed, Expr::value(None::<Vec<u8>>))
        .filter(mails::Column::ObjectId.eq(object))
        .filter(mails::Column::Kind.eq(kind.as_str()))
        .filter(mails::Column::State.ne(MailState::Sent.as_str()))
        .exec(txn.conn())
        .await?;
    Ok(())
}
