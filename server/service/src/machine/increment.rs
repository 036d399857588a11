//! Increments a meter of an activation.

use domain::meter::{MAX_USES, count};
use domain::{AccountId, ActivationId, LicenseId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::lookup::{find_activation, load_product};
use super::meter::MeterUsage;
use crate::store::entity::activations;
use crate::store::{convert, scope};
use crate::{Result, Service};

/// A meter after an increment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterReading {
    /// The meter's name.
    pub name: String,
    /// Uses of this activation.
    pub uses: i64,
    /// Uses allowed; `None` is unlimited.
    pub allowed: Option<i64>,
    /// Uses of the license that count against the limit.
    pub total: i64,
    /// Uses of the license ever counted, including uses that were taken back.
    pub gross: i64,
}

/// The outcome of an increment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncrementOutcome {
    /// The uses are counted.
    Counted(MeterReading),
    /// The increment exceeds the allowed uses.
    Exhausted,
    /// The activation does not exist.
    NoActivation,
    /// The product has no such meter.
    NoMeter,
    /// The meter is not floating, so that no uses return.
    NotFloating,
}

/// Adds `by` uses to a meter, which is matched by name in any case. A negative `by` takes uses of a
/// floating meter back.
///
/// # Errors
/// Returns [`crate::Error`] if the database fails.
#[tracing::instrument(name = "machine.increment_meter", level = "debug", skip_all, err(level = "debug"))]
pub async fn increment(
    service: &Service,
    meter: &str,
    activation: ActivationId,
    by: i64,
) -> Result<IncrementOutcome> {
    // A plain read first, so that unknown ids never take a write permit.
    let Some(row) = find_activation(service.store.read(), activation).await? else {
        return Ok(IncrementOutcome::NoActivation);
    };
    let mut txn = service.begin_write().await?;
    let account = AccountId(row.account_id);
    let mut license = scope::lock_license(&txn, account, LicenseId(row.license_id)).await?;
    let Some(mut row) = find_activation(txn.conn(), activation).await? else {
        return Ok(IncrementOutcome::NoActivation);
    };
    let product = load_product(txn.conn(), &license).await?;
    let meters = convert::meters_in_force(&product, &license);
    let Some(meter) = meters.find(meter) else {
        return Ok(IncrementOutcome::NoMeter);
    };
    if by < 0 && !meter.floating {
        return Ok(IncrementOutcome::NotFloating);
    }
    let mut usage = MeterUsage::load(&license, &row);
    let name = meter.name.clone();
    let total = usage.totals.entry(meter.id()).or_default();
    let uses = usage.uses.entry(meter.id()).or_default();
    if count(meter, total, uses, by.clamp(-MAX_USES, MAX_USES)).is_err() {
        return Ok(IncrementOutcome::Exhausted);
    }
    let reading =
        MeterReading { name, uses: *uses, allowed: meter.allowed, total: total.total, gross: total.gross };
    usage.save(&mut txn, &mut license, &mut row).await?;
    activations::Entity::update_many()
        .col_expr(activations::Column::Meters, Expr::value(row.meters))
        .filter(activations::Column::Id.eq(row.id))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(IncrementOutcome::Counted(reading))
}
