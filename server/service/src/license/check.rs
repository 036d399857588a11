//! The answers that both APIs would give to an app, without counting or changing anything.

use domain::activation::{Decision, Facts, Kind, Policy, decide};
use domain::development::DevelopmentHosts;
use domain::license::{Limit, Standing, standing};
use domain::permission::Permission;
use domain::refusal::RefusalReason;
use domain::view::{AppAnswer, MovableDomain};
use domain::{ActivationId, AppSubject, DomainName, LicenseId, ProductId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::activation::lookup;
use crate::store::entity::{activations, licenses};
use crate::store::{convert, scope};
use crate::{Actor, Result, Service};

/// Activations that are searched for a network name or for a movable domain. A license with more is
/// rare, and the page stays fast.
const MAX_SCANNED: u64 = 1000;

/// Returns the answers of both APIs for a domain or a machine.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database
/// fails.
#[tracing::instrument(name = "license.check", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn check(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    subject: &AppSubject,
) -> Result<AppAnswer> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = scope::license(db, actor.account, id).await?;
    match subject {
        AppSubject::Domain(domain) => check_domain(service, actor, &row, domain).await,
        AppSubject::Machine(name) => check_machine(service, &row, name).await,
    }
}

async fn check_domain(
    service: &Service,
    actor: &Actor,
    license: &licenses::Model,
    domain: &DomainName,
) -> Result<AppAnswer> {
    let db = service.store.read();
    let product = scope::product(db, actor.account, ProductId(license.product_id)).await?;
    let development =
        DevelopmentHosts::from_storage(product.free_development_hosts, &product.development_hosts);
    let is_free = development.covers(domain);
    let slot_scope = convert::to_slot_scope(&product.slot_scope);
    let active = lookup::find_on_domain(db, LicenseId(license.id), slot_scope, domain).await?.is_some();
    let used = convert::to_count(license.domains_used);
    let (limit, policy) = (Limit::from_storage(license.domain_limit), Policy::Strict);
    let decision = decide_for(service, license, limit, used, active, !is_free, policy)?;
    let verification = domain::activation::verify(standing_of(service, license)?, active);
    let activation = refusal_of(decision);
    let movable = if activation == Some(RefusalReason::LimitReached) && actor.allows(Permission::WriteLicense)
    {
        find_movable(db, license).await?
    } else {
        None
    };
    Ok(AppAnswer {
        kind: Kind::Domain,
        subject: domain.to_string(),
        is_active: active,
        verification: verification.refusal(),
        activation,
        is_free,
        movable,
    })
}

async fn check_machine(service: &Service, license: &licenses::Model, name: &str) -> Result<AppAnswer> {
    let found = find_machine(service.store.read(), license, name).await?;
    let used = convert::to_count(license.machines_used);
    let (limit, policy) = (Limit::from_storage(license.machine_limit), Policy::Lenient);
    let decision = decide_for(service, license, limit, used, found.is_some(), true, policy)?;
    // A machine gets a token in any standing but revoked. The token carries the standing.
    let verification = match standing_of(service, license)? {
        Standing::Active => None,
        Standing::Suspended => Some(RefusalReason::Suspended),
        Standing::Expired => Some(RefusalReason::Expired),
        Standing::Revoked => Some(RefusalReason::Revoked),
    };
    Ok(AppAnswer {
        kind: Kind::Machine,
        subject: found.as_ref().and_then(|row| row.hostname.clone()).unwrap_or_else(|| name.to_owned()),
        is_active: found.is_some(),
        verification,
        activation: refusal_of(decision),
        is_free: false,
        movable: None,
    })
}

fn standing_of(service: &Service, license: &licenses::Model) -> Result<Standing> {
    let state = convert::license_state(license)?;
    Ok(standing(&state, convert::to_timestamp(license.expires_at), service.now()))
}

fn decide_for(
    service: &Service,
    license: &licenses::Model,
    limit: Limit,
    used: u32,
    already_active: bool,
    takes_slot: bool,
    policy: Policy,
) -> Result<Decision> {
    let state = convert::license_state(license)?;
    let expires_at = convert::to_timestamp(license.expires_at);
    let facts = Facts { state: &state, expires_at, limit, used, already_active, takes_slot, policy };
    Ok(decide(&facts, service.now()))
}

fn refusal_of(decision: Decision) -> Option<RefusalReason> {
    match decision {
        Decision::AlreadyActive | Decision::Take => None,
        Decision::Refuse(refusal) => Some(refusal.into()),
    }
}

fn of_license(license: &licenses::Model, kind: Kind) -> sea_orm::Select<activations::Entity> {
    activations::Entity::find()
        .filter(activations::Column::AccountId.eq(license.account_id))
        .filter(activations::Column::LicenseId.eq(license.id))
        .filter(activations::Column::Kind.eq(kind.as_str()))
}

/// Finds the domain with a slot that was seen least recently among the oldest ones.
async fn find_movable(db: &impl ConnectionTrait, license: &licenses::Model) -> Result<Option<MovableDomain>> {
    let oldest = of_license(license, Kind::Domain)
        .filter(activations::Column::TakesSlot.eq(true))
        .order_by_asc(activations::Column::CreatedAt)
        .order_by_asc(activations::Column::Id)
        .limit(MAX_SCANNED)
        .all(db)
        .await?;
    let seen = |row: &activations::Model| row.last_verified_at.unwrap_or(row.created_at);
    Ok(oldest.into_iter().min_by_key(seen).map(|row| MovableDomain {
        id: ActivationId(row.id),
        domain: row.subject,
        last_verified_at: convert::to_timestamp(row.last_verified_at),
    }))
}

/// Finds an active machine by its fingerprint, or by its network name among the newest ones.
async fn find_machine(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    name: &str,
) -> Result<Option<activations::Model>> {
    let exact = of_license(license, Kind::Machine).filter(activations::Column::Subject.eq(name));
    if let Some(found) = exact.one(db).await? {
        return Ok(Some(found));
    }
    let newest = of_license(license, Kind::Machine)
        .order_by_desc(activations::Column::CreatedAt)
        .order_by_desc(activations::Column::Id)
        .limit(MAX_SCANNED)
        .all(db)
        .await?;
    let is_named = |row: &activations::Model| {
        row.hostname.as_deref().is_some_and(|host| host.eq_ignore_ascii_case(name))
            || domain::machine::fingerprint_of(&row.subject) == name
    };
    Ok(newest.into_iter().find(is_named))
}
