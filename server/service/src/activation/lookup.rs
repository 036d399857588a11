//! Finding a license by its key.

use domain::activation::Kind;
use domain::{DomainName, LicenseId, LicenseKey};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::secrets::Purpose;
use crate::store::WriteTxn;
use crate::store::entity::{activations, licenses};
use crate::{Result, Service};

/// The digest a key is looked up by; `None` for what was never a key of ours.
pub fn digest(service: &Service, key: &LicenseKey) -> Option<[u8; 32]> {
    key.is_plausible().then(|| service.keys.digest(Purpose::LicenseKey, key.expose().as_bytes()))
}

/// The license of a key.
pub async fn by_digest(db: &impl ConnectionTrait, digest: &[u8; 32]) -> Result<Option<licenses::Model>> {
    let find = licenses::Entity::find().filter(licenses::Column::KeyDigest.eq(digest.to_vec()));
    Ok(find.one(db).await?)
}

/// The license of a key, held until the transaction ends.
pub async fn lock_by_digest(txn: &WriteTxn, digest: &[u8; 32]) -> Result<Option<licenses::Model>> {
    let mut find = licenses::Entity::find().filter(licenses::Column::KeyDigest.eq(digest.to_vec()));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    Ok(find.one(txn.conn()).await?)
}

/// The activation of a license on a domain.
pub async fn on_domain(
    db: &impl ConnectionTrait,
    license: LicenseId,
    domain: &DomainName,
) -> Result<Option<activations::Model>> {
    let find = activations::Entity::find()
        .filter(activations::Column::LicenseId.eq(license.0))
        .filter(activations::Column::Kind.eq(Kind::Domain.word()))
        .filter(activations::Column::Subject.eq(domain.as_str()));
    Ok(find.one(db).await?)
}
