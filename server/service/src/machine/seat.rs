//! The seat of a machine on a license: kept, or taken where one is free. Online
//! and offline activations and syncs meet here.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::activation::{Facts, Kind, Policy, Refusal, Verdict, decide};
use domain::event::Event;
use domain::license::Limit;
use domain::machine::Rules;
use domain::{LicenseId, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::told::say;
use super::{Answer, Request, lease, meter, rows};
use crate::activation::counter::{self, Counter};
use crate::store::bulk::{self, row};
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::{Entry, WriteTxn, map};
use crate::{Actor, Result, new_id};

/// A license that is active on a machine, as it was written.
#[derive(Clone)]
pub struct Bound {
    pub license: Arc<licenses::Model>,
    pub product: Arc<products::Model>,
    pub customer: Option<Arc<customers::Model>>,
    pub activation: Arc<activations::Model>,
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
    mut license: licenses::Model,
    product: Arc<products::Model>,
    request: &Request,
    way: Way,
) -> Result<std::result::Result<Bound, Answer>> {
    let rules = map::rules(&product);
    let known = on_machine(txn.conn(), &license, &rules, request).await?;
    let mut verdict = rule(&license, 0, known.is_some(), txn.now())?;
    if verdict == Verdict::Refuse(Refusal::LimitReached) && lease::free_expired(txn, &mut license).await? > 0
    {
        verdict = rule(&license, 0, false, txn.now())?;
    }
    match verdict {
        Verdict::Refuse(Refusal::Revoked) => return Ok(Err(Answer::Revoked)),
        Verdict::Refuse(_) => return Ok(Err(Answer::LimitReached)),
        Verdict::AlreadyActive | Verdict::Take => {}
    }
    if let Err(mismatch) = rules.admit(&request.machine) {
        return Ok(Err(Answer::NotAdmitted(mismatch)));
    }
    if let Some(row) = known {
        return renew(txn, license, product, row, request, way).await;
    }
    let row = new_seat(&license, &rules, request, actor, txn.now());
    license.machines_used += 1;
    license.first_activated_at.get_or_insert(txn.now().millis());
    let described = describe(txn, license, product, row, request, way).await?;
    if let Ok(Bound { license, activation, .. }) = &described {
        txn.later(rows::inserted([&**activation]));
        txn.later(counter::steps(Counter::Machines, &BTreeMap::from([(license.id, 1)]), txn.now()));
        txn.record(actor, taken(license, activation, request));
    }
    Ok(described)
}

/// Who holds a license.
pub async fn customer_of(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
) -> Result<Option<Arc<customers::Model>>> {
    match license.customer_id {
        Some(id) => Ok(customers::Entity::find_by_id(id).one(db).await?.map(Arc::new)),
        None => Ok(None),
    }
}

/// Writes down what a machine that holds its seat said, and extends its lease.
pub async fn renew(
    txn: &mut WriteTxn,
    license: licenses::Model,
    product: Arc<products::Model>,
    activation: activations::Model,
    request: &Request,
    way: Way,
) -> Result<std::result::Result<Bound, Answer>> {
    let described = describe(txn, license, product, activation, request, way).await?;
    if let Ok(Bound { activation, .. }) = &described {
        txn.later(rows::renewed([&**activation]));
    }
    Ok(described)
}

/// Counts what a machine used, and puts down what it said in its row, which is
/// still to be written.
async fn describe(
    txn: &mut WriteTxn,
    mut license: licenses::Model,
    product: Arc<products::Model>,
    mut activation: activations::Model,
    request: &Request,
    way: Way,
) -> Result<std::result::Result<Bound, Answer>> {
    if meter::set(txn, &mut license, &product, &mut activation, &request.meters).await?.is_err() {
        return Ok(Err(Answer::MeterExhausted));
    }
    txn.touch(license.id);
    say(&mut activation, &map::rules(&product), request, way, txn.now());
    let customer = customer_of(txn.conn(), &license).await?;
    Ok(Ok(Bound { license: Arc::new(license), product, customer, activation: Arc::new(activation) }))
}

/// What the rules say to a machine that wants a seat, or holds one. Of the license's seats so
/// many were `taken` that its row does not count.
pub fn rule(license: &licenses::Model, taken: i32, already_active: bool, now: Timestamp) -> Result<Verdict> {
    let state = map::state(license)?;
    let facts = Facts {
        state: &state,
        expires_at: map::time(license.expires_at),
        limit: Limit::from_storage(license.machine_limit),
        used: map::count(license.machines_used.saturating_add(taken)),
        already_active,
        takes_slot: true,
        policy: Policy::Lenient,
    };
    Ok(decide(&facts, now))
}

/// The seat this machine holds. One that was taken while the product's switch for
/// users stood otherwise is still its seat, if it is the same user's.
pub async fn on_machine(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    rules: &Rules,
    request: &Request,
) -> Result<Option<activations::Model>> {
    let subjects = rules.subjects(&request.fingerprint, &request.machine.user_hash);
    let pairs: Vec<_> = subjects.into_iter().map(|subject| row![license.id, subject]).collect();
    let are_these = bulk::are_seats(db.get_database_backend(), Kind::Machine, &pairs)?;
    let rows = activations::Entity::find().filter(are_these).all(db).await?;
    Ok(held_by(&rows, rules, request).cloned())
}

/// Of the seats of a machine and its users, the one that these rules give it.
pub fn held_by<'a>(
    rows: impl IntoIterator<Item = &'a activations::Model>,
    rules: &Rules,
    request: &Request,
) -> Option<&'a activations::Model> {
    let user = request.machine.user_hash.as_str();
    let subjects = rules.subjects(&request.fingerprint, user);
    let holds = |row: &&'a activations::Model| {
        let of_user = !rules.user_locked || row.user_hash.as_deref() == Some(user);
        row.subject == subjects[0] || (subjects.contains(&row.subject) && of_user)
    };
    let (mut exact, mut other) = (None, None);
    for row in rows.into_iter().filter(holds) {
        if row.subject == subjects[0] { exact = Some(row) } else { other = Some(row) }
    }
    exact.or(other)
}

/// A seat's row, before [`say`].
pub fn new_seat(
    license: &licenses::Model,
    rules: &Rules,
    request: &Request,
    actor: &Actor,
    now: Timestamp,
) -> activations::Model {
    let (_, ip) = actor.by.user_and_ip();
    activations::Model {
        id: new_id(),
        account_id: license.account_id,
        license_id: license.id,
        kind: Kind::Machine.word().to_owned(),
        subject: rules.subject(&request.fingerprint, &request.machine.user_hash),
        takes_slot: true,
        ip,
        verification_count: 0,
        last_verified_at: None,
        created_at: now.millis(),
        hostname: None,
        os: None,
        os_version: None,
        vm_name: None,
        container: None,
        app_version: None,
        release_version: None,
        user_hash: None,
        metadata: None,
        last_synced_at: None,
        lease_expires_at: None,
        offline_until: None,
        meters: None,
    }
}

/// That a seat was taken, for the record.
pub fn taken(license: &licenses::Model, row: &activations::Model, request: &Request) -> Entry {
    Entry::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(request.machine.hostname.clone())
        .with("activation_id", row.id.to_string())
        .with("fingerprint", request.fingerprint.as_str())
}
