//! The certificates that servers order, and the states of their orders.

use domain::Timestamp;
use sea_orm::{DatabaseConnection, EntityTrait as _, QuerySelect as _};

use super::schema::has_table;
use crate::Result;
use crate::certificate::CertificateSubject;
use crate::store::entity::acme_certificates::{Entity, Model};

/// Maximum number of certificates read. There is one for each set of names that a server ever had.
const MAX_CERTIFICATES: u64 = 100;

/// A certificate that servers order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedCertificate {
    /// The directory of the authority.
    pub directory: String,
    /// The names, as [`CertificateSubject::joined_names`] has them.
    pub names: String,
    /// The end of the certificate; `None` before the first one.
    pub expires_at: Option<Timestamp>,
    /// When the next order is due.
    pub next_order_at: Timestamp,
    /// Why the last order failed, with the remedy.
    pub last_error: Option<String>,
}

impl OrderedCertificate {
    /// Returns whether it is the certificate of these names, of this authority.
    #[must_use]
    pub fn is_of(&self, subject: &CertificateSubject) -> bool {
        self.directory == subject.directory() && self.names == subject.joined_names()
    }
}

/// Reads the certificates; none of an older schema.
pub(super) async fn read(db: &DatabaseConnection) -> Result<Vec<OrderedCertificate>> {
    if !has_table(db, "acme_certificates").await? {
        return Ok(Vec::new());
    }
    let found = Entity::find().limit(MAX_CERTIFICATES).all(db).await?;
    Ok(found.into_iter().map(ordered).collect())
}

fn ordered(row: Model) -> OrderedCertificate {
    OrderedCertificate {
        directory: row.directory,
        names: row.names,
        expires_at: row.expires_at.map(Timestamp::from_millis),
        next_order_at: Timestamp::from_millis(row.next_order_at),
        last_error: row.last_error,
    }
}
