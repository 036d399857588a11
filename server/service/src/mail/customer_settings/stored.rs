//! Rows of settings.

use domain::AccountId;
use sea_orm::{ConnectionTrait, EntityTrait as _, QuerySelect as _};

use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::account_mail_settings::{Entity, Model};

/// Loads the settings of an account, or the default ones.
pub(super) async fn find(db: &impl ConnectionTrait, account: AccountId) -> Result<Model> {
    let row = Entity::find_by_id(account.0).one(db).await?;
    Ok(row.unwrap_or_else(|| default_settings(account)))
}

/// Loads the settings of an account, or the default ones, and locks the row. Otherwise the position that the
/// worker of activation notices stores meanwhile would be overwritten by the older position.
pub(in crate::mail) async fn find_for_change(txn: &WriteTxn, account: AccountId) -> Result<Model> {
    let mut find = Entity::find_by_id(account.0);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let row = find.one(txn.conn()).await?;
    Ok(row.unwrap_or_else(|| default_settings(account)))
}

fn default_settings(account: AccountId) -> Model {
    Model {
        account_id: account.0,
        sender_name: None,
        reply_to: None,
        sends_reminders: false,
        announced_until: None,
    }
}
