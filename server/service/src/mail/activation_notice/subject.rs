//! The domain or machine of an activation.

use domain::AccountId;
use domain::activation::Kind;
use domain::activation_notice::host_name_in_mail;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::entries::Entry;
use crate::store::entity::activations::{self, Column};
use crate::{Result, Service};

/// Time between a row and its audit entry, at most, in milliseconds. A transaction ends within 8 s.
const MAX_ENTRY_DELAY_MS: i64 = 60_000;

/// Returns the domain, or the host name of the machine. `None` if it takes no slot, such as a development
/// host, or is released by now.
pub(super) async fn activated_subject(
    service: &Service,
    account: AccountId,
    license: Uuid,
    entry: &Entry,
) -> Result<Option<String>> {
    let db = service.store.read();
    let name = entry.detail.clone().unwrap_or_default();
    // The license is of the account. With the account in the condition, PostgreSQL may read all activations of
    // the license.
    let domain = activations::Entity::find()
        .filter(Column::LicenseId.eq(license))
        .filter(Column::Kind.eq(Kind::Domain.as_str()))
        .filter(Column::Subject.eq(name.as_str()))
        .one(db)
        .await?;
    if let Some(domain) = domain {
        return Ok(domain.takes_slot.then_some(name));
    }
    let machine = activations::Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::LicenseId.eq(license))
        .filter(Column::Kind.eq(Kind::Machine.as_str()))
        .filter(Column::CreatedAt.gte(entry.created_at - MAX_ENTRY_DELAY_MS))
        .filter(Column::Hostname.eq(name.as_str()))
        .one(db)
        .await?;
    let is_taken = machine.is_some_and(|machine| machine.takes_slot);
    Ok(is_taken.then(|| host_name_in_mail(&name).unwrap_or_else(|| "a machine".to_owned())))
}
