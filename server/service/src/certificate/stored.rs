//! Stored certificates, with their keys.

use domain::Timestamp;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::order::OrderState;
use super::subject::CertificateSubject;
use crate::secrets::Purpose;
use crate::store::entity::acme_certificates::{Column, Entity, Model};
use crate::{Result, Service};

/// Certificates of former names that are read.
const MAX_FORMER: u64 = 10;

/// A stored certificate with its private key.
pub struct IssuedCertificate {
    /// The certificate and its chain, in PEM.
    pub chain: String,
    /// The private key, in PEM. `None` if it does not open: it was sealed by another master key, or altered.
    pub key: Option<Zeroizing<Vec<u8>>>,
}

/// A certificate of former names or of another authority.
pub struct FormerCertificate {
    /// The certificate with its key.
    pub issued: IssuedCertificate,
    /// The end of the validity.
    pub expires_at: Timestamp,
}

/// Returns the certificate of an order, with its key.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn certificate(service: &Service, order: &OrderState) -> Result<Option<IssuedCertificate>> {
    let row = Entity::find_by_id(order.id).one(service.store.read()).await?;
    let found = row.and_then(|row| row.chain.zip(row.key_sealed));
    Ok(found.map(|(chain, sealed)| open(service, order.id, chain, &sealed)))
}

/// Returns other certificates that cover a host and have not ended, the newest first. They serve while the first one of
/// new settings is ordered.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn former_certificates(
    service: &Service,
    order: &OrderState,
    host: &str,
) -> Result<Vec<FormerCertificate>> {
    let rows = Entity::find()
        .filter(Column::Id.ne(order.id))
        .filter(Column::ExpiresAt.gt(service.now().millis()))
        .filter(Column::Names.contains(host))
        .order_by_desc(Column::IssuedAt)
        .limit(MAX_FORMER)
        .all(service.store.read())
        .await?;
    let former = |row: Model| {
        let (chain, sealed) = row.chain.zip(row.key_sealed)?;
        let issued = open(service, row.id, chain, &sealed);
        Some(FormerCertificate { issued, expires_at: Timestamp::from_millis(row.expires_at?) })
    };
    let covering = rows.into_iter().filter(|row| CertificateSubject::is_named(&row.names, host));
    Ok(covering.filter_map(former).collect())
}

fn open(service: &Service, id: Uuid, chain: String, sealed: &[u8]) -> IssuedCertificate {
    IssuedCertificate { chain, key: service.keys.open(Purpose::CertificateKey, id, sealed).ok() }
}
