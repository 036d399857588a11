//! Rotation and retirement of a product's signing keys.

use domain::event::Event;
use domain::permission::Permission;
use domain::view::SigningKeyView;
use domain::{ProductId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _};

use super::PublicKey;
use super::cache::CACHE_TTL_MS;
use super::sign::{generate_off_thread, insert_key};
use crate::error::is_duplicate;
use crate::store::entity::signing_keys;
use crate::store::{AuditEvent, convert, scope};
use crate::{Actor, Error, Result, Service};

/// Lists a product's signing keys, latest first, including retired keys.
///
/// # Errors
/// Returns an error if the role does not allow it, the product does not exist, or the database fails.
pub async fn keys(service: &Service, actor: &Actor, product: ProductId) -> Result<Vec<SigningKeyView>> {
    actor.require(Permission::Read)?;
    scope::product(service.store.read(), actor.account, product).await?;
    let rows = signing_keys::Entity::find()
        .filter(signing_keys::Column::ProductId.eq(product.0))
        .order_by_desc(signing_keys::Column::CreatedAt)
        .all(service.store.read())
        .await?;
    let view = |row: signing_keys::Model| {
        Ok(SigningKeyView {
            pem: PublicKey::parse(&row.public_key)?.pem(),
            kid: row.kid,
            created_at: Timestamp::from_millis(row.created_at),
            rotated_at: convert::to_timestamp(row.rotated_at),
            retired_at: convert::to_timestamp(row.retired_at),
        })
    };
    rows.into_iter().map(view).collect()
}

/// Replaces the product's signing key. Other nodes use the new key within a minute. Tokens signed
/// with the previous key verify until it is retired.
///
/// # Errors
/// Returns an error if the role does not allow it, the product does not exist, another request is
/// rotating the key, or the database fails.
#[tracing::instrument(name = "signing.rotate", skip_all, fields(account = %actor.account, product = %product), err(level = "debug"))]
pub async fn rotate(service: &Service, actor: &Actor, product: ProductId) -> Result<()> {
    actor.require(Permission::WriteProduct)?;
    let owner = scope::product(service.store.read(), actor.account, product).await?;
    let generated = generate_off_thread().await?;
    let mut txn = service.begin_write().await?;
    signing_keys::Entity::update_many()
        .col_expr(signing_keys::Column::RotatedAt, Expr::value(txn.now().millis()))
        .filter(signing_keys::Column::ProductId.eq(product.0))
        .filter(signing_keys::Column::RotatedAt.is_null())
        .exec(txn.conn())
        .await?;
    let row = match insert_key(service, &txn, &owner, generated).await {
        Err(Error::Database(e)) if is_duplicate(&e) => {
            return Err(Error::Conflict(
                "Another request is rotating this key. Please reload the page.".into(),
            ));
        }
        other => other?,
    };
    txn.record(actor, audit_event(Event::SigningKeyRotated, product, &row.kid));
    txn.commit().await?;
    service.signing_keys.invalidate(product);
    service.signing_keys.invalidate_public_keys();
    Ok(())
}

/// Retires a rotated key. Its tokens no longer verify.
///
/// # Errors
/// Returns [`Error::Conflict`] if the product signs with this key, or if a node still may: a node that
/// read the key just before the rotation committed caches it for a minute.
#[tracing::instrument(name = "signing.retire", skip_all, fields(account = %actor.account, product = %product), err(level = "debug"))]
pub async fn retire(service: &Service, actor: &Actor, product: ProductId, kid: &str) -> Result<()> {
    actor.require(Permission::WriteProduct)?;
    if kid.contains('\0') {
        // PostgreSQL refuses NUL in a text.
        return Err(Error::NotFound);
    }
    let mut txn = service.begin_write().await?;
    let row = signing_keys::Entity::find()
        .filter(signing_keys::Column::AccountId.eq(actor.account.0))
        .filter(signing_keys::Column::ProductId.eq(product.0))
        .filter(signing_keys::Column::Kid.eq(kid))
        .one(txn.conn())
        .await?
        .ok_or(Error::NotFound)?;
    if row.retired_at.is_some() {
        return Err(Error::Conflict("This signing key is retired already.".into()));
    }
    let now = txn.now().millis();
    match row.rotated_at {
        None => {
            return Err(Error::Conflict(
                "This is the product’s current signing key. Rotate it first.".into(),
            ));
        }
        // A clock that was set back makes the age negative; other nodes may still sign then.
        Some(at) if now - at < 2 * CACHE_TTL_MS => {
            let message = "Another node may still sign with this key. It can be retired two minutes after it was rotated.";
            return Err(Error::Conflict(message.into()));
        }
        Some(_) => {}
    }
    signing_keys::Entity::update_many()
        .col_expr(signing_keys::Column::RetiredAt, Expr::value(now))
        .filter(signing_keys::Column::Id.eq(row.id).and(signing_keys::Column::RetiredAt.is_null()))
        .exec(txn.conn())
        .await?;
    txn.record(actor, audit_event(Event::SigningKeyRetired, product, kid));
    txn.commit().await?;
    service.signing_keys.invalidate_public_keys();
    Ok(())
}

fn audit_event(event: Event, product: ProductId, kid: &str) -> AuditEvent {
    AuditEvent {
        event,
        license: None,
        product: Some(product),
        detail: Some(kid.chars().take(12).collect()),
        payload: serde_json::json!({ "product_id": product, "kid": kid }),
    }
}
