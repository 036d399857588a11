//! Rows of settings.

use domain::AccountId;
use sea_orm::{ConnectionTrait, EntityTrait as _};

use crate::Result;
use crate::store::entity::account_mail_settings::{Entity, Model};

/// Loads the settings of an account, or the default ones.
pub(super) async fn find(db: &impl ConnectionTrait, account: AccountId) -> Result<Model> {
    let row = Entity::find_by_id(account.0).one(db).await?;
    Ok(row.unwrap_or(Model {
        account_id: account.0,
        sender_name: None,
        reply_to: None,
        sends_reminders: false,
        announced_until: None,
    }))
}
