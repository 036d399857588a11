//! Counting uses on a license's meters. All of it happens under the license's
//! lock, so that its columns of JSON are read and written whole.

use domain::meter::{MAX_USES, MeterExhausted, Meters, Totals, Uses, count};
use domain::{AccountId, ActivationId, LicenseId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::{find_activation, load_product};
use crate::store::entity::{activations, licenses, products};
use crate::store::{WriteTxn, convert, scope};
use crate::{Result, Service};

/// A meter after it was counted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterReading {
    /// Its name.
    pub name: String,
    /// Uses of this activation.
    pub uses: i64,
    /// Uses allowed; `None` is unlimited.
    pub allowed: Option<i64>,
    /// Uses of the license that count against the limit.
    pub total: i64,
    /// Uses of the license ever counted.
    pub gross: i64,
}

/// What became of a request to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncrementOutcome {
    /// It was counted.
    Counted(MeterReading),
    /// More would be used than is allowed.
    Exhausted,
    /// There is no such activation.
    NoActivation,
    /// The product has no such meter.
    NoMeter,
}

/// Counts `by` uses of a meter, found by its name whatever the case; takes them
/// back where `by` is negative.
///
/// # Errors
/// When the database fails.
pub async fn increment(
    service: &Service,
    meter: &str,
    activation: ActivationId,
    by: i64,
) -> Result<IncrementOutcome> {
    // Ids of nobody's take no turn to write.
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
    let meters: Meters = convert::json_or_default(Some(&product.meters));
    let Some(meter) = meters.find(meter) else {
        return Ok(IncrementOutcome::NoMeter);
    };
    let mut book = MeterUsage::load(&license, &row);
    let name = meter.name.clone();
    let total = book.totals.entry(meter.id()).or_default();
    let uses = book.uses.entry(meter.id()).or_default();
    if count(meter, total, uses, by.clamp(-MAX_USES, MAX_USES)).is_err() {
        return Ok(IncrementOutcome::Exhausted);
    }
    let counted =
        MeterReading { name, uses: *uses, allowed: meter.allowed, total: total.total, gross: total.gross };
    book.save(&mut txn, &mut license, &mut row).await?;
    activations::Entity::update_many()
        .col_expr(activations::Column::Meters, Expr::value(row.meters))
        .filter(activations::Column::Id.eq(row.id))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(IncrementOutcome::Counted(counted))
}

/// Sets an activation's uses to what it says they are; names that the product
/// does not meter are passed over. The activation's row is still to be written.
pub async fn set_uses(
    txn: &mut WriteTxn,
    license: &mut licenses::Model,
    product: &products::Model,
    activation: &mut activations::Model,
    said: &[(String, i64)],
) -> Result<std::result::Result<(), MeterExhausted>> {
    if said.is_empty() {
        return Ok(Ok(()));
    }
    let meters: Meters = convert::json_or_default(Some(&product.meters));
    let mut book = MeterUsage::load(license, activation);
    for (name, said) in said {
        let Some(meter) = meters.find(name) else { continue };
        let uses = book.uses.entry(meter.id()).or_default();
        let total = book.totals.entry(meter.id()).or_default();
        let by = *said - *uses;
        if count(meter, total, uses, by).is_err() {
            return Ok(Err(MeterExhausted));
        }
    }
    book.save(txn, license, activation).await?;
    Ok(Ok(()))
}

/// Takes back what an activation that ends has used of floating meters. Its
/// license must be locked.
pub(crate) async fn release_floating_uses(txn: &WriteTxn, activation: &activations::Model) -> Result<()> {
    let uses: Uses = convert::json_or_default(activation.meters.as_deref());
    if uses.is_empty() {
        return Ok(());
    }
    let account = AccountId(activation.account_id);
    let license = scope::license(txn.conn(), account, LicenseId(activation.license_id)).await?;
    let product = load_product(txn.conn(), &license).await?;
    let meters: Meters = convert::json_or_default(Some(&product.meters));
    let mut totals: Totals = convert::json_or_default(license.meters.as_deref());
    for (name, uses) in uses {
        if let (Some(meter), Some(total)) = (meters.find(&name), totals.get_mut(&name))
            && meter.floating
        {
            total.total = (total.total - uses).max(0);
        }
    }
    write_totals(txn, license.id, &totals).await
}

/// A license's and an activation's uses, open for writing.
struct MeterUsage {
    totals: Totals,
    uses: Uses,
}

impl MeterUsage {
    fn load(license: &licenses::Model, activation: &activations::Model) -> Self {
        Self {
            totals: convert::json_or_default(license.meters.as_deref()),
            uses: convert::json_or_default(activation.meters.as_deref()),
        }
    }

    /// Writes the license's totals. The activation's row is the caller's.
    async fn save(
        self,
        txn: &mut WriteTxn,
        license: &mut licenses::Model,
        activation: &mut activations::Model,
    ) -> Result<()> {
        txn.invalidate(license.id);
        write_totals(txn, license.id, &self.totals).await?;
        license.meters = Some(serde_json::json!(self.totals).to_string());
        activation.meters = Some(serde_json::json!(self.uses).to_string());
        Ok(())
    }
}

async fn write_totals(txn: &WriteTxn, license: Uuid, totals: &Totals) -> Result<()> {
    licenses::Entity::update_many()
        .col_expr(licenses::Column::Meters, Expr::value(serde_json::json!(totals).to_string()))
        .filter(licenses::Column::Id.eq(license))
        .exec(txn.conn())
        .await?;
    Ok(())
}
