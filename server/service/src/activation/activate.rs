//! An app binds a license to the domain it runs on.

use domain::activation::{Facts, Kind, Policy, Refusal, Verdict, decide};
use domain::event::Event;
use domain::license::Limit;
use domain::{AccountId, DomainName, LicenseId, LicenseKey};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, Set,
};

use super::lookup;
use crate::error::is_duplicate;
use crate::store::entity::{activations, licenses, products};
use crate::store::{Entry, WriteTxn, map};
use crate::{Actor, By, Error, Result, Service, new_id};

/// What became of a request to activate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// The license is active on the domain, newly or as before.
    Active,
    /// No license has this key.
    InvalidKey,
    /// The license's standing or its limit is against it.
    Refused(Refusal),
}

/// Activates a license on a domain. Once this returned `Active`, the activation
/// is on disk.
///
/// # Errors
/// When the database fails; then nothing was acknowledged.
pub async fn activate(
    service: &Service,
    key: &LicenseKey,
    domain: &DomainName,
    ip: Option<String>,
) -> Result<Activation> {
    let Some(digest) = lookup::digest(service, key) else {
        return Ok(Activation::InvalidKey);
    };
    // Most requests take no slot: an app activates at every start. Those are
    // answered by a read of what is committed, without the write lock.
    let db = service.store.read();
    let Some(license) = lookup::by_digest(db, &digest).await? else {
        return Ok(Activation::InvalidKey);
    };
    let takes_slot = takes_slot(db, &license, domain).await?;
    match rule(service, db, &license, domain, takes_slot).await? {
        Verdict::AlreadyActive => return Ok(Activation::Active),
        Verdict::Refuse(refusal) => return Ok(Activation::Refused(refusal)),
        Verdict::Take => {}
    }
    let mut txn = service.write().await?;
    let Some(license) = lookup::lock_by_digest(&txn, &digest).await? else {
        return Ok(Activation::InvalidKey);
    };
    match rule(service, txn.conn(), &license, domain, takes_slot).await? {
        Verdict::AlreadyActive => Ok(Activation::Active),
        Verdict::Refuse(refusal) => Ok(Activation::Refused(refusal)),
        Verdict::Take => {
            let actor = Actor { account: AccountId(license.account_id), by: By::App { ip } };
            take(&mut txn, &actor, &license, domain, takes_slot).await?;
            txn.commit().await?;
            Ok(Activation::Active)
        }
    }
}

/// Whether the domain counts against the limit of the license's product.
async fn takes_slot(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    domain: &DomainName,
) -> Result<bool> {
    let product = products::Entity::find_by_id(license.product_id).one(db).await?;
    let product = product.ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))?;
    Ok(!map::development(&product).cover(domain))
}

async fn rule(
    service: &Service,
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    domain: &DomainName,
    takes_slot: bool,
) -> Result<Verdict> {
    let state = map::state(license)?;
    let active = lookup::on_domain(db, LicenseId(license.id), domain).await?;
    let facts = Facts {
        state: &state,
        expires_at: map::time(license.expires_at),
        limit: Limit::from_storage(license.domain_limit),
        used: map::count(license.domains_used),
        already_active: active.is_some(),
        takes_slot,
        policy: Policy::Strict,
    };
    Ok(decide(&facts, service.now()))
}

async fn take(
    txn: &mut WriteTxn,
    actor: &Actor,
    license: &licenses::Model,
    domain: &DomainName,
    takes_slot: bool,
) -> Result<()> {
    let By::App { ip } = &actor.by else {
        return Err(Error::Forbidden);
    };
    let now = txn.now().millis();
    let inserted = activations::ActiveModel {
        id: Set(new_id()),
        account_id: Set(license.account_id),
        license_id: Set(license.id),
        kind: Set(Kind::Domain.word().to_owned()),
        subject: Set(domain.as_str().to_owned()),
        takes_slot: Set(takes_slot),
        ip: Set(ip.clone()),
        verification_count: Set(0),
        last_verified_at: Set(None),
        created_at: Set(now),
        ..Default::default()
    }
    .insert(txn.conn())
    .await;
    match inserted {
        Ok(_) => {}
        // The lock makes this impossible; the constraint stands guard all the same.
        Err(e) if is_duplicate(&e) => {
            return Err(Error::Internal(format!("license {}: a slot was taken twice", license.id)));
        }
        Err(e) => return Err(e.into()),
    }
    if takes_slot {
        // Guarded once more where it is written: no defect above this line can
        // take a slot that is not there.
        let used = licenses::Column::DomainsUsed;
        let limit = licenses::Column::DomainLimit;
        let updated = licenses::Entity::update_many()
            .col_expr(used, Expr::col(used).add(1))
            .filter(licenses::Column::Id.eq(license.id))
            .filter(limit.is_null().or(Expr::col(used).lt(Expr::col(limit))))
            .exec(txn.conn())
            .await?;
        if updated.rows_affected != 1 {
            return Err(Error::Internal(format!("license {}: no slot left at its writing", license.id)));
        }
    }
    let entry = Entry::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(domain.as_str())
        .with("domain", domain.as_str());
    txn.record(actor, entry).await
}
