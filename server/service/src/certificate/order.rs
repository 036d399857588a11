//! The certificate of a set of names, and the state of its order.

use domain::Timestamp;
use domain::certificate_order::{renewal_time, retry_pause};
use domain::view::CertificateHealth;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::secrets::Purpose;
use crate::store::entity::acme_certificates::{ActiveModel, Column, Entity, Model};
use crate::{Error, Result, Service, random, random_id};

/// What is ordered: a certificate of names, from the authority of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSubject {
    directory: String,
    names: Vec<String>,
}

impl CertificateSubject {
    /// Creates a subject. The order of the names does not matter.
    #[must_use]
    pub fn new(directory: String, mut names: Vec<String>) -> Self {
        names.sort_unstable();
        names.dedup();
        Self { directory, names }
    }

    /// Returns the address of the authority's directory.
    #[must_use]
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// Returns the names of the certificate.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the names as they are stored: sorted, separated by spaces.
    #[must_use]
    pub fn joined_names(&self) -> String {
        self.names.join(" ")
    }
}

/// The state of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    id: Uuid,
    failures: u32,
    next_order_at: Timestamp,
    /// When the certificate was stored; `None` before the first one. Another time is that of another certificate.
    pub issued_at: Option<Timestamp>,
    /// What health checks tell of it.
    pub health: CertificateHealth,
}

impl OrderState {
    /// Returns whether a certificate is to be ordered now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_order_at <= now
    }
}

/// A certificate with its private key.
pub struct IssuedCertificate {
    /// The certificate and its chain, in PEM.
    pub chain: String,
    /// The private key, in PEM.
    pub key: Zeroizing<Vec<u8>>,
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
        directory: Set(subject.directory.clone()),
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

/// Returns the certificate of an order, with its key.
///
/// # Errors
/// Returns an error if the database fails, or the key was sealed by another master key.
pub async fn certificate(service: &Service, order: &OrderState) -> Result<Option<IssuedCertificate>> {
    let row = Entity::find_by_id(order.id).one(service.store.read()).await?;
    let Some((chain, sealed)) = row.and_then(|row| row.chain.zip(row.key_sealed)) else { return Ok(None) };
    let key = service.keys.open(Purpose::CertificateKey, order.id, &sealed)?;
    Ok(Some(IssuedCertificate { chain, key }))
}

/// Stores a certificate, and sets the time of its renewal, which it returns.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn store_certificate(
    service: &Service,
    order: &OrderState,
    new: &NewCertificate,
) -> Result<Timestamp> {
    let sealed = service.keys.seal(Purpose::CertificateKey, order.id, new.key.as_bytes())?;
    let renewal = renewal_time(new.valid_from, new.expires_at, jitter());
    let txn = service.begin_write().await?;
    // A certificate that lives for less than this pause would else be ordered without end.
    let earliest = txn.now().plus_millis(retry_pause(1, 0));
    let renewal = renewal.max(earliest);
    Entity::update_many()
        .col_expr(Column::Chain, Expr::value(new.chain.clone()))
        .col_expr(Column::KeySealed, Expr::value(sealed))
        .col_expr(Column::IssuedAt, Expr::value(txn.now().millis()))
        .col_expr(Column::ExpiresAt, Expr::value(new.expires_at.millis()))
        .col_expr(Column::NextOrderAt, Expr::value(renewal.millis()))
        .col_expr(Column::Failures, Expr::value(0_i32))
        .col_expr(Column::LastError, Expr::value(None::<String>))
        .filter(Column::Id.eq(order.id))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(renewal)
}

/// Stores why an order failed, and sets the time of the next one, which it returns: after `min_pause_ms` milliseconds or
/// more.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn store_failure(
    service: &Service,
    order: &OrderState,
    error: &str,
    min_pause_ms: i64,
) -> Result<Timestamp> {
    let failures = order.failures.saturating_add(1);
    let txn = service.begin_write().await?;
    let next = txn.now().plus_millis(retry_pause(failures, jitter()).max(min_pause_ms));
    Entity::update_many()
        .col_expr(Column::Failures, Expr::value(i32::try_from(failures).unwrap_or(i32::MAX)))
        .col_expr(Column::LastError, Expr::value(error.to_owned()))
        .col_expr(Column::NextOrderAt, Expr::value(next.millis()))
        .filter(Column::Id.eq(order.id))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(next)
}

async fn find(service: &Service, subject: &CertificateSubject) -> Result<Option<Model>> {
    let find = Entity::find()
        .filter(Column::Directory.eq(subject.directory.as_str()))
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

fn jitter() -> u16 {
    u16::from_ne_bytes(random::bytes())
}
