//! Replaces the key of a license, such as one that was published.

use domain::event::Event;
use domain::mail::MailKind;
use domain::permission::Permission;
use domain::{KeyGrace, LicenseId, LicenseKey, ProductId};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, Set};

use super::changes::key_change;
use super::issue::new_key;
use crate::activation::former_digest;
use crate::secrets::Purpose;
use crate::store::entity::former_license_keys;
use crate::store::{AuditEvent, convert, scope};
use crate::{Actor, Result, Service, mail};

/// Gives a license a new key and returns it. The activations stay. Apps may send the former key until the
/// grace time ends, and get `invalid_key` from then on. Earlier grace times go on.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist or is revoked, or
/// the database fails.
#[tracing::instrument(name = "license.replace_key", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn replace_key(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    grace: KeyGrace,
) -> Result<LicenseKey> {
    actor.require(Permission::WriteLicense)?;
    actor.require(Permission::RevealKey)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    convert::license_state(&row)?.ensure_editable()?;
    let product = scope::product(txn.conn(), actor.account, ProductId(row.product_id)).await?;
    let issued = new_key(&product);
    let key = issued.lookup();
    let clear = issued.expose().as_bytes();
    let entry = AuditEvent::license(Event::LicenseKeyReplaced, id)
        .detail(format!("…{} → …{}", row.last_four, key.last_four()))
        .changes(key_change(&row.last_four, &key.last_four()))
        .with_payload("last_four", key.last_four());
    let former = service.keys.open_license_key(id.0, &row.key_sealed)?.lookup();
    let former = former_license_keys::ActiveModel {
        key_digest: Set(former_digest(&service.keys, &former).to_vec()),
        account_id: Set(actor.account.0),
        license_id: Set(id.0),
        last_four: Set(row.last_four.clone()),
        replaced_at: Set(txn.now().millis()),
        valid_until: Set(grace.end(txn.now()).millis()),
    };
    former_license_keys::Entity::insert(former).exec_without_returning(txn.conn()).await?;
    let mut update = row.into_active_model();
    update.key_digest = Set(service.keys.digest(Purpose::LicenseKey, key.expose().as_bytes()).to_vec());
    update.key_sealed = Set(service.keys.seal(Purpose::LicenseKey, id.0, clear)?);
    update.last_four = Set(key.last_four());
    update.updated_at = Set(service.now().millis());
    update.update(txn.conn()).await?;
    mail::cancel(&txn, MailKind::LicenseKey, id.0, "The key was replaced.").await?;
    txn.record(actor, entry);
    txn.commit().await?;
    Ok(key)
}
