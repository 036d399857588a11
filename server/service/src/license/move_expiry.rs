//! Moves the expiry of a license as a program asks: by its interval, by seconds, or to a time.

use domain::event::Event;
use domain::license::State;
use domain::license_rules::{ExpiryStart, RenewFrom, Renewed, RulesInForce, StartOfExpiry};
use domain::permission::Permission;
use domain::webhook::Trigger;
use domain::{LicenseId, ProductId, Timestamp};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::record::{self, LicenseRecord};
use super::refusal::LicenseRefusal;
use crate::store::{AuditEvent, WriteTxn, convert, scope};
use crate::{Actor, Result, Service};

/// How an expiry is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryMove {
    /// By the interval of the license.
    Renew(RenewFrom),
    /// By seconds.
    Extend(u32),
    /// To a time.
    Until(Timestamp),
    /// Away: the license never expires.
    Never,
}

impl ExpiryMove {
    /// Returns the word in the event, by which programs tell the moves apart.
    fn word(self) -> &'static str {
        match self {
            Self::Renew(_) => "renew",
            Self::Extend(_) => "extend",
            Self::Until(_) | Self::Never => "expires_at",
        }
    }

    fn trigger(self) -> Trigger {
        match self {
            Self::Renew(_) => Trigger::Recorded(Event::LicenseRenewed),
            Self::Extend(_) => Trigger::LicenseExtended,
            Self::Until(_) | Self::Never => Trigger::LicenseExpirySet,
        }
    }

    /// Returns the new expiry; `None` leaves the license as it is.
    fn apply(
        self,
        rules: &RulesInForce,
        current: StartOfExpiry,
        now: Timestamp,
    ) -> Result<Option<StartOfExpiry>, LicenseRefusal> {
        let at = |expires_at| Some(StartOfExpiry { expires_at, pending: None });
        match self {
            Self::Renew(from) => match rules.expiry.renew(current, from, now) {
                Ok(Renewed::Until(until)) => Ok(at(Some(until))),
                Ok(Renewed::NotStarted) => Ok(None),
                Err(_) => Err(LicenseRefusal::NotRenewable),
            },
            Self::Extend(_) if current.pending.is_some() => Ok(None),
            Self::Extend(seconds) => match current.expires_at {
                Some(expiry) if rules.expiry.start != ExpiryStart::Rolling => {
                    Ok(at(Some(expiry.plus_seconds(i64::from(seconds)))))
                }
                _ => Err(LicenseRefusal::NotRenewable),
            },
            Self::Until(until) => Ok(at(Some(until))),
            Self::Never => Ok(at(None)),
        }
    }
}

/// Moves the expiry of a license, under its lock, so that concurrent moves add up. An expired license is active
/// again if the new expiry is in the future.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database fails.
#[tracing::instrument(name = "license.move_expiry", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn move_expiry(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    how: ExpiryMove,
) -> Result<Result<LicenseRecord, LicenseRefusal>> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    if matches!(convert::license_state(&row)?, State::Revoked { .. }) {
        return Ok(Err(LicenseRefusal::Revoked));
    }
    let product = scope::product(txn.conn(), actor.account, ProductId(row.product_id)).await?;
    let current = StartOfExpiry {
        expires_at: convert::to_timestamp(row.expires_at),
        pending: row.pending_interval.as_deref().and_then(|text| text.parse().ok()),
    };
    let next = match how.apply(&convert::rules_in_force(&product, &row), current, txn.now()) {
        Ok(next) => next.filter(|next| *next != current),
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(next) = next {
        let mut update = row.into_active_model();
        update.expires_at = Set(next.expires_at.map(Timestamp::millis));
        update.pending_interval = Set(None);
        update.updated_at = Set(txn.now().millis());
        update.update(txn.conn()).await?;
        record_move(&mut txn, actor, id, how, (current.expires_at, next.expires_at));
    }
    let record = record::load_one(&service.keys, txn.conn(), actor.account, id).await?;
    if next.is_some() {
        txn.commit().await?;
    }
    Ok(Ok(record))
}

/// Records a moved expiry, with the expiries before and after.
pub(super) fn record_move(
    txn: &mut WriteTxn,
    actor: &Actor,
    id: LicenseId,
    how: ExpiryMove,
    (before, after): (Option<Timestamp>, Option<Timestamp>),
) {
    let entry = AuditEvent::expiry_changed(id, before, after).with_payload("by", how.word());
    txn.record_as(actor, how.trigger(), entry);
}
