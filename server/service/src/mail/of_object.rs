//! Mails about one object, such as an invitation or a license.

use std::collections::HashMap;

use domain::LicenseId;
use domain::mail::MailState;
use domain::permission::Permission;
use domain::view::MailStatus;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::row;
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
    Ok(latest_of(db, &[id.0]).await?.remove(&id.0))
}

/// Returns the state of the latest mail about each object. The objects must be of the actor's account.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn latest_of(
    db: &impl ConnectionTrait,
    objects: &[Uuid],
) -> Result<HashMap<Uuid, MailStatus>> {
    if objects.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = mails::Entity::find()
        .filter(mails::Column::ObjectId.is_in(objects.iter().copied()))
        .order_by_asc(mails::Column::Id)
        .all(db)
        .await?;
    let mut latest = HashMap::new();
    for row in rows {
        if let Some(object) = row.object_id {
            latest.insert(object, row::status(&row)?);
        }
    }
    Ok(latest)
}

/// Ends the queued mails about an object, whose content is worthless now. `reason` is a sentence.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn cancel(txn: &WriteTxn, object: Uuid, reason: &str) -> Result<()> {
    mails::Entity::update_many()
        .col_expr(mails::Column::State, Expr::value(MailState::Failed.as_str()))
        .col_expr(mails::Column::StateAt, Expr::value(txn.now().millis()))
        .col_expr(mails::Column::LastError, Expr::value(reason))
        .col_expr(mails::Column::BodySealed, Expr::value(None::<Vec<u8>>))
        .filter(mails::Column::ObjectId.eq(object))
        .filter(mails::Column::State.ne(MailState::Sent.as_str()))
        .exec(txn.conn())
        .await?;
    Ok(())
}
