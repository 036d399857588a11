//! Renews a license: moves its expiry.

use domain::edit::Edit;
use domain::event::Event;
use domain::license::Renewal;
use domain::permission::Permission;
use domain::webhook::Trigger;
use domain::{LicenseId, Timestamp};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use crate::form_token;
use crate::store::entity::licenses;
use crate::store::{AuditEvent, Changes, WriteTxn, convert, scope};
use crate::{Actor, Error, Result, Service};

/// The expiry that a form showed; `None` is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownExpiry(pub Option<Timestamp>);

/// Renews a license and returns its new expiry; `None` is never. An extension counts from the expiry
/// that the locked row has, so that concurrent extensions add up. An expired license is active again
/// if the new expiry is in the future.
///
/// A request with a `form_token` that was used before changes nothing.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, is revoked, or
/// never expires and is extended, or if the database fails.
pub async fn renew(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    renewal: Renewal,
    form_token: Option<&str>,
) -> Result<Option<Timestamp>> {
    renew_shown(service, actor, id, renewal, None, form_token).await
}

/// Like [`renew`], by a form that showed an expiry. An extension adds up with those of others; an expiry
/// that is set must not replace one that the member has not seen.
///
/// # Errors
/// As [`renew`]; [`Error::Changed`] if an expiry is set, and another member has changed it since the form was
/// rendered.
#[tracing::instrument(name = "license.renew", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn renew_shown(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    renewal: Renewal,
    shown: Option<ShownExpiry>,
    form_token: Option<&str>,
) -> Result<Option<Timestamp>> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    convert::license_state(&row)?.ensure_editable()?;
    let before = convert::to_timestamp(row.expires_at);
    if let Some(token) = form_token
        && !form_token::mark_used(&txn, actor, token).await?
    {
        return Ok(before);
    }
    let mut expires_at = renewal.apply(before, txn.now()).map_err(|e| Error::Invalid(vec![e]))?;
    if !matches!(renewal, Renewal::Extend(_)) {
        let edit = Edit { new: expires_at, shown: shown.map(|shown| shown.0) };
        expires_at = edit.merge("expires_at", before, |at| date(*at)).map_err(|e| Error::Changed(vec![e]))?;
    }
    if before == expires_at {
        return Ok(before);
    }
    store_expiry(&mut txn, actor, row, expires_at, trigger(renewal)).await?;
    txn.commit().await?;
    Ok(expires_at)
}

/// Stores the new expiry of a locked license, and records it.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn store_expiry(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: licenses::Model,
    expires_at: Option<Timestamp>,
    trigger: Trigger,
) -> Result<()> {
    let (id, before) = (LicenseId(row.id), convert::to_timestamp(row.expires_at));
    let mut update = row.into_active_model();
    update.expires_at = Set(expires_at.map(Timestamp::millis));
    update.pending_interval = Set(None);
    update.updated_at = Set(txn.now().millis());
    update.update(txn.conn()).await?;
    let entry = AuditEvent::license(Event::LicenseRenewed, id)
        .detail(format!("{} → {}", date(before), date(expires_at)))
        .with_payload("expires_at", expires_at.map(Timestamp::rfc3339))
        .changes(Changes::of_expiry(before, expires_at));
    txn.record_as(actor, trigger, entry);
    Ok(())
}

fn date(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), Timestamp::date)
}

/// Returns the event of webhooks. Receivers of a renewal by an interval expect another one.
fn trigger(renewal: Renewal) -> Trigger {
    match renewal {
        Renewal::Extend(_) => Trigger::LicenseExtended,
        Renewal::Until(_) | Renewal::Never => Trigger::LicenseExpirySet,
    }
}
