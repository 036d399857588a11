//! Uses of a license's meters. Callers hold the license's lock, so that the JSON columns are read
//! and written as a whole.

use domain::meter::{MeterExhausted, Totals, Uses, count};
use domain::{AccountId, LicenseId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::lookup::load_product;
use crate::Result;
use crate::store::entity::{activations, licenses, products};
use crate::store::{WriteTxn, convert, scope};

/// Sets an activation's uses to the reported totals and ignores unknown meters. The caller writes
/// the activation's row.
pub async fn set_uses(
    txn: &mut WriteTxn,
    license: &mut licenses::Model,
    product: &products::Model,
    activation: &mut activations::Model,
    reported: &[(String, i64)],
) -> Result<std::result::Result<(), MeterExhausted>> {
    if reported.is_empty() {
        return Ok(Ok(()));
    }
    let meters = convert::meters_in_force(product, license);
    let mut usage = MeterUsage::load(license, activation);
    for (name, total_uses) in reported {
        let Some(meter) = meters.find(name) else { continue };
        let uses = usage.uses.entry(meter.id()).or_default();
        let total = usage.totals.entry(meter.id()).or_default();
        let by = *total_uses - *uses;
        if count(meter, total, uses, by).is_err() {
            return Ok(Err(MeterExhausted));
        }
    }
    usage.save(txn, license, activation).await?;
    Ok(Ok(()))
}

/// Takes back the uses of floating meters of an activation that ends. The caller must hold the
/// license's lock.
pub(crate) async fn release_floating_uses(txn: &WriteTxn, activation: &activations::Model) -> Result<()> {
    let uses: Uses = convert::json_or_default(activation.meters.as_deref());
    if uses.is_empty() {
        return Ok(());
    }
    let account = AccountId(activation.account_id);
    let license = scope::license(txn.conn(), account, LicenseId(activation.license_id)).await?;
    let product = load_product(txn.conn(), &license).await?;
    let meters = convert::meters_in_force(&product, &license);
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

/// The uses of a license and of one activation, loaded for an update.
pub(super) struct MeterUsage {
    pub totals: Totals,
    pub uses: Uses,
}

impl MeterUsage {
    pub fn load(license: &licenses::Model, activation: &activations::Model) -> Self {
        Self {
            totals: convert::json_or_default(license.meters.as_deref()),
            uses: convert::json_or_default(activation.meters.as_deref()),
        }
    }

    /// Writes the license's totals. The caller writes the activation's row.
    pub async fn save(
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
