//! Release of a domain by a seller, by its name or by the activation's id.

use domain::activation::Kind;
use domain::event::Event;
use domain::permission::Permission;
use domain::{ActivationId, DomainName, LicenseId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::activation::release;
use crate::store::entity::activations;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// What names a domain of a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainOrId {
    /// The name, in its canonical form.
    Domain(DomainName),
    /// The id of the activation.
    Id(ActivationId),
}

impl DomainOrId {
    /// Parses an id, or else a domain. `None` if the text is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().parse() {
            Ok(id) => Some(Self::Id(id)),
            Err(_) => DomainName::parse(text).ok().map(Self::Domain),
        }
    }
}

/// Releases a domain and those that share its slot, and frees the slot.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such license, the license is not active on
/// the domain, or the database fails.
#[tracing::instrument(name = "domain_activation.free", skip_all, fields(account = %actor.account, license = %license), err(level = "debug"))]
pub async fn free(service: &Service, actor: &Actor, license: LicenseId, domain: &DomainOrId) -> Result<()> {
    use activations::Column as A;
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    scope::lock_license(&txn, actor.account, license).await?;
    let find = activations::Entity::find()
        .filter(A::AccountId.eq(actor.account.0))
        .filter(A::LicenseId.eq(license.0))
        .filter(A::Kind.eq(Kind::Domain.as_str()));
    let find = match domain {
        DomainOrId::Domain(name) => find.filter(A::Subject.eq(name.as_str())),
        DomainOrId::Id(id) => find.filter(A::Id.eq(id.0)),
    };
    let row = find.one(txn.conn()).await?.ok_or(Error::NotFound)?;
    release(&mut txn, actor, &row, Event::ActivationDeleted).await?;
    txn.commit().await
}
