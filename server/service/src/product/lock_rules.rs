//! Locks what a product takes its rules from.

use domain::{AccountId, ProductId};

use crate::Result;
use crate::license_template::lock_template;
use crate::store::{WriteTxn, scope};
use crate::trial_policy::lock_policy;

/// Locks the license template and the trial policy of a product, before the product is locked: a change of either
/// locks both in this order.
///
/// # Errors
/// Returns an error if the account has no such product, or the database fails.
pub(super) async fn lock_rules(txn: &WriteTxn, account: AccountId, product: ProductId) -> Result<()> {
    if !txn.needs_row_locks() {
        return Ok(());
    }
    let row = scope::product(txn.conn(), account, product).await?;
    if let Some(template) = row.template_id {
        lock_template(txn, template).await?;
    }
    if let Some(policy) = row.trial_policy_id {
        lock_policy(txn, policy).await?;
    }
    Ok(())
}
