//! The seat of a machine on a license: kept, or taken where one is free. Online
//! and offline activations and syncs meet here.

use std::sync::Arc;

use domain::activation::{Facts, Kind, Policy, Refusal, Verdict, decide};
use domain::event::Event;
use domain::license::Limit;
use domain::machine::{Lease, Machine, Rules};
use domain::{LicenseId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _,
    IntoActiveModel as _, QueryFilter as _, Set, TryIntoModel as _,
};

use super::known::{self, Known, Who};
use super::{Answer, Request, lease, meter};
use crate::activation::lookup;
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::{Entry, WriteTxn, map};
use crate::{Actor, Error, Result, Service, new_id};

/// How long what was written of a machine is good enough, in milliseconds.
const FRESH_MS: i64 = 60_000;

/// A license that is active on a machine, as it was written.
#[derive(Clone)]
pub struct Bound {
    pub license: licenses::Model,
    pub product: products::Model,
    pub customer: Option<customers::Model>,
    pub activation: activations::Model,
}

/// How a machine reaches us.
#[derive(Clone, Copy)]
pub enum Way {
    Online,
    /// By a file, which must be loaded until then.
    File {
        until: Option<Timestamp>,
    },
}

/// Keeps or takes the seat. The license must be locked.
pub async fn bind(
    txn: &mut WriteTxn,
    actor: &Actor,
    license: licenses::Model,
    product: products::Model,
    request: &Request,
    way: Way,
) -> Result<std::result::Result<Bound, Answer>> {
    let rules = map::rules(&product);
    let known = on_machine(txn.conn(), &license, &rules, request).await?;
    let mut license = license;
    let mut verdict = rule(&license, known.is_some(), txn.now())?;
    if verdict == Verdict::Refuse(Refusal::LimitReached) && lease::free_expired(txn, &mut license).await? > 0
    {
        verdict = rule(&license, false, txn.now())?;
    }
    match verdict {
        Verdict::Refuse(Refusal::Revoked) => return Ok(Err(Answer::Revoked)),
        Verdict::Refuse(_) => return Ok(Err(Answer::LimitReached)),
        Verdict::AlreadyActive | Verdict::Take => {}
    }
    if let Err(mismatch) = rules.admit(&request.machine) {
        return Ok(Err(Answer::NotAdmitted(mismatch)));
    }
    let activation = match known {
        Some(row) => row,
        None => take(txn, actor, &mut license, &rules, request).await?,
    };
    renew(txn, license, product, activation, request, way).await
}

/// The seat of a machine that is in memory and has nothing to write: programs
/// activate at every start.
pub async fn remembered(service: &Service, who: &Who, request: &Request) -> Result<Option<Arc<Bound>>> {
    let Some(bound) = service.machines.get(who, &service.cache) else { return Ok(None) };
    let still = says_nothing_new(&bound, request, service.now())? && known::is_held(service, &bound).await?;
    Ok(still.then_some(bound))
}

/// The same, from memory or by a read of what is committed.
pub async fn still(service: &Service, digest: &[u8; 32], request: &Request) -> Result<Option<Arc<Bound>>> {
    let who = Known::who(digest, request);
    if let Some(bound) = remembered(service, &who, request).await? {
        return Ok(Some(bound));
    }
    let read_at = service.cache.step();
    let Some(bound) = find(service.store.read(), digest, request).await? else { return Ok(None) };
    if !says_nothing_new(&bound, request, service.now())? {
        return Ok(None);
    }
    let bound = Arc::new(bound);
    service.machines.put(who, read_at, &bound);
    Ok(Some(bound))
}

async fn find(db: &impl ConnectionTrait, digest: &[u8; 32], request: &Request) -> Result<Option<Bound>> {
    // One look for those who are new here.
    let license = sea_orm::sea_query::Query::select()
        .column(licenses::Column::Id)
        .from(licenses::Entity)
        .and_where(licenses::Column::KeyDigest.eq(digest.to_vec()))
        .to_owned();
    let known = activations::Entity::find()
        .filter(activations::Column::LicenseId.in_subquery(license))
        .filter(activations::Column::Kind.eq(Kind::Machine.word()))
        .filter(
            activations::Column::Subject
                .is_in(Rules::default().subjects(&request.fingerprint, &request.machine.user_hash)),
        )
        .all(db)
        .await?;
    if known.is_empty() {
        return Ok(None);
    }
    let Some(license) = lookup::by_digest(db, digest).await? else { return Ok(None) };
    let product = super::product_of(db, &license).await?;
    let Some(activation) = held_by(&known, &map::rules(&product), request) else { return Ok(None) };
    let customer = customer_of(db, &license).await?;
    Ok(Some(Bound { license, product, customer, activation }))
}

/// Whether a machine holds its seat and says what is known, and was written down a
/// moment ago.
pub fn says_nothing_new(bound: &Bound, request: &Request, now: Timestamp) -> Result<bool> {
    let Bound { license, product, activation, .. } = bound;
    let rules = map::rules(product);
    if !super::is_named(product, &request.product_sent)
        || rules.admit(&request.machine).is_err()
        || rule(license, true, now)? != Verdict::AlreadyActive
    {
        return Ok(false);
    }
    let mut said = activation.clone().into_active_model();
    describe(&mut said, &request.machine);
    let said_anew = said.try_into_model().is_ok_and(|said| said != *activation);
    let synced = activation.last_synced_at.unwrap_or(0);
    let lease = rules.lease.map(|granted| Lease::grant(granted, request.lease).seconds() * 1000);
    // A lease may lose a tenth of itself before it is written anew.
    let fresh_for = lease.map_or(FRESH_MS, |lease| std::cmp::min(FRESH_MS, lease / 10));
    let leased = activation.lease_expires_at.map(|ends| ends - synced);
    Ok(!said_anew
        && request.meters.is_empty()
        && activation.offline_until.is_none()
        && leased == lease
        && (0..fresh_for).contains(&(now.millis() - synced)))
}

/// Who holds a license.
async fn customer_of(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
) -> Result<Option<customers::Model>> {
    match license.customer_id {
        Some(id) => Ok(customers::Entity::find_by_id(id).one(db).await?),
        None => Ok(None),
    }
}

/// Writes down what a machine said, and extends its lease.
pub async fn renew(
    txn: &mut WriteTxn,
    mut license: licenses::Model,
    product: products::Model,
    activation: activations::Model,
    request: &Request,
    way: Way,
) -> Result<std::result::Result<Bound, Answer>> {
    let mut activation = activation;
    if meter::set(txn, &mut license, &product, &mut activation, &request.meters).await?.is_err() {
        return Ok(Err(Answer::MeterExhausted));
    }
    txn.touch(license.id);
    let meters = activation.meters.clone();
    let mut row = activation.into_active_model();
    row.meters = Set(meters);
    say(&mut row, &map::rules(&product), request, way, txn.now());
    let activation = row.update(txn.conn()).await?;
    let customer = customer_of(txn.conn(), &license).await?;
    Ok(Ok(Bound { license, product, customer, activation }))
}

/// What a machine said just now, into its row.
pub fn say(row: &mut activations::ActiveModel, rules: &Rules, request: &Request, way: Way, now: Timestamp) {
    describe(row, &request.machine);
    row.last_synced_at = Set(Some(now.millis()));
    match way {
        Way::Online => {
            let lease = rules.lease.map(|granted| Lease::grant(granted, request.lease));
            row.lease_expires_at = Set(lease.map(|lease| lease.ends(now).millis()));
            row.offline_until = Set(None);
        }
        Way::File { until } => {
            row.lease_expires_at = Set(None);
            row.offline_until = Set(Some(until.map_or(0, Timestamp::millis)));
        }
    }
}

/// What the rules say to a machine that wants a seat, or holds one.
pub fn rule(license: &licenses::Model, already_active: bool, now: Timestamp) -> Result<Verdict> {
    let state = map::state(license)?;
    let facts = Facts {
        state: &state,
        expires_at: map::time(license.expires_at),
        limit: Limit::from_storage(license.machine_limit),
        used: map::count(license.machines_used),
        already_active,
        takes_slot: true,
        policy: Policy::Lenient,
    };
    Ok(decide(&facts, now))
}

/// The seat this machine holds. One that was taken while the product's switch for
/// users stood otherwise is still its seat, if it is the same user's.
async fn on_machine(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    rules: &Rules,
    request: &Request,
) -> Result<Option<activations::Model>> {
    let subjects = rules.subjects(&request.fingerprint, &request.machine.user_hash);
    let rows = activations::Entity::find()
        .filter(activations::Column::LicenseId.eq(license.id))
        .filter(activations::Column::Kind.eq(Kind::Machine.word()))
        .filter(activations::Column::Subject.is_in(subjects))
        .all(db)
        .await?;
    Ok(held_by(&rows, rules, request))
}

/// Of the seats of a machine and its users, the one that these rules give it.
pub fn held_by(rows: &[activations::Model], rules: &Rules, request: &Request) -> Option<activations::Model> {
    let user = request.machine.user_hash.as_str();
    let subjects = rules.subjects(&request.fingerprint, user);
    let holds = |row: &&activations::Model| {
        let of_user = !rules.user_locked || row.user_hash.as_deref() == Some(user);
        row.subject == subjects[0] || (subjects.contains(&row.subject) && of_user)
    };
    let (mut exact, mut other) = (None, None);
    for row in rows.iter().filter(holds) {
        if row.subject == subjects[0] { exact = Some(row.clone()) } else { other = Some(row.clone()) }
    }
    exact.or(other)
}

async fn take(
    txn: &mut WriteTxn,
    actor: &Actor,
    license: &mut licenses::Model,
    rules: &Rules,
    request: &Request,
) -> Result<activations::Model> {
    let now = txn.now().millis();
    let mut row = new_seat(license, rules, request, actor, txn.now());
    describe(&mut row, &request.machine);
    let row = row.insert(txn.conn()).await?;
    let first = license.first_activated_at.unwrap_or(now);
    // Guarded once more where it is written, as for domains.
    let (used, limit) = (licenses::Column::MachinesUsed, licenses::Column::MachineLimit);
    let updated = licenses::Entity::update_many()
        .col_expr(used, Expr::col(used).add(1))
        .col_expr(licenses::Column::FirstActivatedAt, Expr::value(first))
        .filter(licenses::Column::Id.eq(license.id))
        .filter(limit.is_null().or(Expr::col(used).lt(Expr::col(limit))))
        .exec(txn.conn())
        .await?;
    if updated.rows_affected != 1 {
        return Err(Error::Internal(format!("license {}: no seat left at its writing", license.id)));
    }
    license.machines_used += 1;
    license.first_activated_at = Some(first);
    txn.record(actor, taken(license, &row, request)).await?;
    Ok(row)
}

/// A seat's row, before the machine is described in it.
pub fn new_seat(
    license: &licenses::Model,
    rules: &Rules,
    request: &Request,
    actor: &Actor,
    now: Timestamp,
) -> activations::ActiveModel {
    let (_, ip) = actor.by.user_and_ip();
    activations::ActiveModel {
        id: Set(new_id()),
        account_id: Set(license.account_id),
        license_id: Set(license.id),
        kind: Set(Kind::Machine.word().to_owned()),
        subject: Set(rules.subject(&request.fingerprint, &request.machine.user_hash)),
        takes_slot: Set(true),
        ip: Set(ip),
        verification_count: Set(0),
        created_at: Set(now.millis()),
        last_synced_at: Set(Some(now.millis())),
        ..Default::default()
    }
}

/// That a seat was taken, for the record.
pub fn taken(license: &licenses::Model, row: &activations::Model, request: &Request) -> Entry {
    Entry::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(request.machine.hostname.clone())
        .with("activation_id", row.id.to_string())
        .with("fingerprint", request.fingerprint.as_str())
}

/// What a machine said of itself, into its row.
fn describe(row: &mut activations::ActiveModel, machine: &Machine) {
    let Machine {
        hostname,
        os,
        os_version,
        vm_name,
        container,
        app_version,
        release_version,
        user_hash,
        metadata,
    } = machine;
    row.hostname = Set(Some(hostname.clone()));
    row.os = Set(Some(os.clone()));
    row.os_version = Set(os_version.clone());
    row.vm_name = Set(vm_name.clone());
    row.container = Set(container.clone());
    row.app_version = Set(Some(app_version.clone()));
    row.release_version = Set(release_version.clone());
    row.user_hash = Set(Some(user_hash.clone()));
    row.metadata = Set(serde_json::to_string(metadata).ok());
}
