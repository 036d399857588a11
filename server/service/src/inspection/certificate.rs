//! The certificate that a server orders, and the state of its order.

use domain::Timestamp;
use sea_orm::{ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _};

use super::schema::has_table;
use crate::Result;
use crate::certificate::CertificateSubject;
use crate::store::entity::acme_certificates::{Column, Entity, Model};

/// A certificate that servers order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedCertificate {
    /// The end of the certificate; `None` before the first one.
    pub expires_at: Option<Timestamp>,
    /// When the next order is due.
    pub next_order_at: Timestamp,
    /// Why the last order failed, with the remedy.
    pub last_error: Option<String>,
}

/// Reads the certificate of a subject; none of an older schema.
pub(super) async fn read(
    db: &DatabaseConnection,
    subject: Option<&CertificateSubject>,
) -> Result<Option<OrderedCertificate>> {
    let Some(subject) = subject else { return Ok(None) };
    if !has_table(db, "acme_certificates").await? {
        return Ok(None);
    }
    let find = Entity::find()
        .filter(Column::Directory.eq(subject.directory()))
        .filter(Column::Names.eq(subject.joined_names()));
    Ok(find.one(db).await?.map(ordered))
}

fn ordered(row: Model) -> OrderedCertificate {
    OrderedCertificate {
        expires_at: row.expires_at.map(Timestamp::from_millis),
        next_order_at: Timestamp::from_millis(row.next_order_at),
        last_error: row.last_error,
    }
}
