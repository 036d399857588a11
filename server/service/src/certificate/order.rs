//! The certificate of a set of names, and the state of its order.

use domain::Timestamp;
use domain::certificate_order::{RESERVATION_MS, is_urgent, renewal_time, retry_pause};
use domain::time::DAY_MS;
use domain::view::CertificateHealth;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, Set};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::subject::CertificateSubject;
use crate::secrets::Purpose;
use crate::store::WriteTxn;
use crate::store::entity::acme_certificates::{ActiveModel, Column, Entity, Model};
use crate::{Error, Result, Service, random, random_id};

/// Certificates of former names are kept this long after their end, in milliseconds.
const FORMER_KEPT_MS: i64 = 30 * DAY_MS;
/// Why a certificate counts as a failure although it was issued.
const ALREADY_DUE: &str = "The certificate was issued, but it is due for renewal already: check the clock of this machine, and how \
                           long the authority's certificates live.";

/// The state of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    pub(super) id: Uuid,
    failures: u32,
    next_order_at: Timestamp,
    /// When the certificate was stored; `None` before the first one. Another time is that of another certificate.
    pub issued_at: Option<Timestamp>,
    /// What health checks tell of it. Without an end, the order is urgent.
    pub health: CertificateHealth,
}

impl OrderState {
    /// Returns whether a certificate is to be ordered now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_order_at <= now
    }

    /// Returns when the next order is due.
    #[must_use]
    pub fn next_order_at(&self) -> Timestamp {
        self.next_order_at
    }

    /// Returns the condition that no node has begun or ended an order since this state was read.
    fn is_unchanged(&self) -> Condition {
        Condition::all()
            .add(Column::Id.eq(self.id))
            .add(Column::Failures.eq(to_stored(self.failures)))
            .add(Column::NextOrderAt.eq(self.next_order_at.millis()))
    }

    /// Returns the condition that no node has stored a certificate since this state was read.
    fn has_same_certificate(&self) -> Condition {
        Condition::all().add(Column::Id.eq(self.id)).add(match self.issued_at {
            Some(issued_at) => Column::IssuedAt.eq(issued_at.millis()),
            None => Column::IssuedAt.is_null(),
        })
    }

    fn pause(&self, failures: u32, now: Timestamp) -> i64 {
        retry_pause(failures, is_urgent(self.health.expires_at, now), jitter())
    }
}

/// A certificate that an authority has issued.
pub struct NewCertificate {
    /// The certificate and its chain, in PEM.
    pub chain: String,
    /// The private key, in PEM.
    pub key: Zeroizing<String>,
    /// The beginning of the validity.
    pub valid_from: Timestamp,
    /// The end of the validity.
    pub expires_at: Timestamp,
}

/// What became of an issued certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreOutcome {
    /// It is stored, and renewed at this time.
    Stored(Timestamp),
    /// It is stored, and due for renewal already, which counts as a failure. The next order is at this time.
    AlreadyDue(Timestamp),
    /// Another node has stored a certificate meanwhile, which stays.
    Superseded,
}

/// Returns the state of an order. An order that no node knows yet begins now.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn order_state(service: &Service, subject: &CertificateSubject) -> Result<OrderState> {
    if let Some(row) = find(service, subject).await? {
        return Ok(state(row));
    }
    let txn = service.begin_write().await?;
    let now = txn.now().millis();
    let row = ActiveModel {
        id: Set(random_id()),
        directory: Set(subject.directory().to_owned()),
        names: Set(subject.joined_names()),
        chain: Set(None),
        key_sealed: Set(None),
        issued_at: Set(None),
        expires_at: Set(None),
        next_order_at: Set(now),
        failures: Set(0),
        last_error: Set(None),
        created_at: Set(now),
    };
    let known = OnConflict::columns([Column::Directory, Column::Names]).do_nothing().to_owned();
    Entity::insert(row).on_conflict(known).exec_without_returning(txn.conn()).await?;
    txn.commit().await?;
    let row = find(service, subject).await?;
    row.map(state).ok_or_else(|| Error::Internal("the order of a certificate was not stored".into()))
}

/// Reserves an order before its first request to the authority: it counts as a failure until it ends, and the next one is
/// due after a pause. So an order that is cut off is not repeated at once. Returns the state of the reserved order; `None`
/// if another node was first.
///
/// # Errors
/// Returns an error if the database fails. Then nothing must be ordered.
pub async fn reserve_order(service: &Service, order: &OrderState) -> Result<Option<OrderState>> {
    let failures = order.failures.saturating_add(1);
    let txn = service.begin_write().await?;
    let now = txn.now();
    let next = now.plus_millis(order.pause(failures, now).max(RESERVATION_MS));
    let updated = Entity::update_many()
        .col_expr(Column::Failures, Expr::value(to_stored(failures)))
        .col_expr(Column::NextOrderAt, Expr::value(next.millis()))
        .filter(order.is_unchanged())
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    let health = CertificateHealth { next_order_at: Some(next), ..order.health.clone() };
    let reserved = OrderState { failures, next_order_at: next, health, ..order.clone() };
    Ok((updated.rows_affected == 1).then_some(reserved))
}

/// Stores a certificate, unless another node was first. Sets the time of its renewal. Deletes certificates of former names
/// that have ended long ago.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn store_certificate(
    service: &Service,
    order: &OrderState,
    new: &NewCertificate,
) -> Result<StoreOutcome> {
    let txn = service.begin_write().await?;
    let now = txn.now();
    let renewal = renewal_time(new.valid_from, new.expires_at, jitter());
    let is_due = renewal <= now;
    let (next, failures) = if is_due {
        (now.plus_millis(order.pause(order.failures.max(1), now)), order.failures.max(1))
    } else {
        // A certificate that lives for less than this pause would else be ordered without end.
        (renewal.max(now.plus_millis(retry_pause(1, true, 0))), 0)
    };
    // Sealed within the transaction, so that a rotation of the master key does not miss it.
    let sealed = service.keys.seal(Purpose::CertificateKey, order.id, new.key.as_bytes())?;
    let updated = Entity::update_many()
        .col_expr(Column::Chain, Expr::value(new.chain.clone()))
        .col_expr(Column::KeySealed, Expr::value(sealed))
        .col_expr(Column::IssuedAt, Expr::value(now.millis()))
        .col_expr(Column::ExpiresAt, Expr::value(new.expires_at.millis()))
        .col_expr(Column::NextOrderAt, Expr::value(next.millis()))
        .col_expr(Column::Failures, Expr::value(to_stored(failures)))
        .col_expr(Column::LastError, Expr::value(is_due.then(|| ALREADY_DUE.to_owned())))
        .filter(order.has_same_certificate())
        .exec(txn.conn())
        .await?;
    delete_former(&txn, order.id).await?;
    txn.commit().await?;
    Ok(match (updated.rows_affected, is_due) {
        (0, _) => StoreOutcome::Superseded,
        (_, true) => StoreOutcome::AlreadyDue(next),
        (_, false) => StoreOutcome::Stored(next),
    })
}

/// Stores why a reserved order failed, and sets the time of the next one: after `min_pause_ms` milliseconds or more.
/// Returns that time; `None` if another node has begun or ended an order since.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn store_failure(
    service: &Service,
    reserved: &OrderState,
    error: &str,
    min_pause_ms: i64,
) -> Result<Option<Timestamp>> {
    let txn = service.begin_write().await?;
    let now = txn.now();
    let next = now.plus_millis(reserved.pause(reserved.failures, now).max(min_pause_ms));
    let updated = Entity::update_many()
        .col_expr(Column::LastError, Expr::value(error.to_owned()))
        .col_expr(Column::NextOrderAt, Expr::value(next.millis()))
        .filter(reserved.is_unchanged())
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok((updated.rows_affected == 1).then_some(next))
}

/// Brings the next order forward because the stored certificate can't be used, which counts as a failure. An order that is
/// due soon anyway stays as it is. The state must have no end of a certificate.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn store_unusable(service: &Service, order: &OrderState, error: &str) -> Result<()> {
    let failures = order.failures.saturating_add(1);
    let latest = |now: Timestamp| {
        now.plus_millis(retry_pause(failures, is_urgent(order.health.expires_at, now), u16::MAX))
    };
    if order.next_order_at <= latest(service.now()) {
        return Ok(());
    }
    let txn = service.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::Failures, Expr::value(to_stored(failures)))
        .col_expr(Column::LastError, Expr::value(error.to_owned()))
        .col_expr(Column::NextOrderAt, Expr::value(latest(txn.now()).millis()))
        .filter(order.is_unchanged())
        .exec(txn.conn())
        .await?;
    txn.commit().await
}

/// Deletes other rows that no node has looked after for long, and whose certificate has ended.
async fn delete_former(txn: &WriteTxn, kept: Uuid) -> Result<()> {
    let before = txn.now().millis() - FORMER_KEPT_MS;
    let has_ended = Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.lt(before));
    Entity::delete_many()
        .filter(Column::Id.ne(kept))
        .filter(Column::NextOrderAt.lt(before))
        .filter(has_ended)
        .exec(txn.conn())
        .await?;
    Ok(())
}

async fn find(service: &Service, subject: &CertificateSubject) -> Result<Option<Model>> {
    let find = Entity::find()
        .filter(Column::Directory.eq(subject.directory()))
        .filter(Column::Names.eq(subject.joined_names()));
    Ok(find.one(service.store.read()).await?)
}

fn state(row: Model) -> OrderState {
    let next_order_at = Timestamp::from_millis(row.next_order_at);
    OrderState {
        id: row.id,
        failures: u32::try_from(row.failures).unwrap_or(0),
        next_order_at,
        issued_at: row.issued_at.map(Timestamp::from_millis),
        health: CertificateHealth {
            expires_at: row.expires_at.map(Timestamp::from_millis),
            next_order_at: Some(next_order_at),
            failure: row.last_error,
        },
    }
}

fn to_stored(failures: u32) -> i32 {
    i32::try_from(failures).unwrap_or(i32::MAX)
}

fn jitter() -> u16 {
    u16::from_ne_bytes(random::bytes())
}
