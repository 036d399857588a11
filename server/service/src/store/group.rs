//! Activations that take a slot, written in groups.
//!
//! One task writes. While it commits one group, the next gathers; so the price of
//! a durable commit is shared by all who wait for it, and a lone activation waits
//! for nobody. Within a group each is decided by itself, in the order of arrival,
//! on what the ones before it took. The licenses are locked in the order of their
//! ids, so that groups of several nodes never wait for each other in a ring.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use domain::activation::{Facts, Kind as ActivationKind, Policy, Verdict, decide};
use domain::event::Event;
use domain::license::{Limit, State};
use domain::{AccountId, DomainName, LicenseId};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

use super::Activation;
use crate::cache::Cache;
use crate::store::bulk::{self, Columns, Kind};
use crate::store::entity::{activations, licenses, products};
use crate::store::{Entry, Store, WriteTxn, map};
use crate::{Actor, By, Clock, Error, Result, new_id};

/// Activations in one group, at most.
const GROUP: usize = 128;
/// How long a group may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// Activations that wait, at most; beyond that senders wait to be let in.
const WAITING: usize = 4096;

/// What became of an activation, and whether it took a slot just now.
type Answer = (Activation, bool);

/// An activation that is wanted.
struct Job {
    digest: [u8; 32],
    domain: DomainName,
    ip: Option<String>,
    done: oneshot::Sender<Result<Answer>>,
}

/// The way to the task that writes.
pub(crate) struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Starts the task. It ends with the last way to it.
    pub fn start(store: Store, cache: Cache, clock: Clock) -> Self {
        let (way, mut jobs) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let room = Room { store, cache, clock };
            let mut group = Vec::with_capacity(GROUP);
            while let Some(first) = jobs.recv().await {
                group.push(first);
                // Requests that have arrived and were not looked at yet come along;
                // whoever is alone waits for nobody.
                tokio::task::yield_now().await;
                while group.len() < GROUP
                    && let Ok(job) = jobs.try_recv()
                {
                    group.push(job);
                }
                room.serve(std::mem::take(&mut group)).await;
            }
        });
        Self(way)
    }

    /// Takes a slot for this domain on the license of this digest, if the rules
    /// allow it; answered once it is on disk, and with whether it was taken now.
    pub async fn activate(&self, digest: [u8; 32], domain: DomainName, ip: Option<String>) -> Result<Answer> {
        let gone = || Error::Internal("the task that writes activations is gone".into());
        let (done, answer) = oneshot::channel();
        self.0.send(Job { digest, domain, ip, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

struct Room {
    store: Store,
    cache: Cache,
    clock: Clock,
}

impl Room {
    /// Writes a group and answers each. What fails as a group is tried one by one,
    /// so that nobody fails for another's sake.
    async fn serve(&self, group: Vec<Job>) {
        match self.write_in_time(&group).await {
            Ok(answers) => {
                for (job, answer) in group.into_iter().zip(answers) {
                    let _ = job.done.send(Ok(answer));
                }
            }
            Err(error) if group.len() == 1 || matches!(error, Error::Unavailable(_)) => {
                let text = error.to_string();
                let mut first = Some(error);
                for job in group {
                    let error = first.take().unwrap_or_else(|| Error::unavailable(&text));
                    let _ = job.done.send(Err(error));
                }
            }
            Err(_) => {
                for job in group {
                    let answer = self.write_in_time(std::slice::from_ref(&job)).await;
                    let one = answer.and_then(|a| {
                        a.first()
                            .copied()
                            .ok_or_else(|| Error::Internal("an activation got no answer".into()))
                    });
                    let _ = job.done.send(one);
                }
            }
        }
    }

    /// A connection that says nothing any more is given up, and with it the group:
    /// those who come after must not wait for it.
    async fn write_in_time(&self, group: &[Job]) -> Result<Vec<Answer>> {
        let late = || Error::unavailable("the database did not answer in time");
        timeout(PATIENCE, self.write(group)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn write(&self, group: &[Job]) -> Result<Vec<Answer>> {
        let mut txn = WriteTxn::begin(&self.store, &self.cache, &self.clock).await?;
        if txn.needs_row_locks() {
            // Whoever holds one license must not hold up a whole group.
            txn.conn().execute_unprepared("SET LOCAL lock_timeout = '2s'").await?;
        }
        let mut book = Book::open(&txn, group).await?;
        let answers = group.iter().map(|job| book.decide(job, &txn)).collect::<Result<Vec<_>>>()?;
        if !book.taken.is_empty() {
            book.close(&mut txn).await?;
            txn.commit().await?;
        }
        Ok(answers)
    }
}

/// A slot that was taken.
struct Taken {
    row: serde_json::Value,
    actor: Actor,
    entry: Entry,
}

/// What of a license bears on an activation: the rest of its row stays where it is.
#[derive(FromQueryResult)]
struct Held {
    id: Uuid,
    account_id: Uuid,
    product_id: Uuid,
    key_digest: Vec<u8>,
    state: String,
    state_at: Option<i64>,
    expires_at: Option<i64>,
    domain_limit: Option<i32>,
    domains_used: i32,
}

const HELD: [licenses::Column; 9] = [
    licenses::Column::Id,
    licenses::Column::AccountId,
    licenses::Column::ProductId,
    licenses::Column::KeyDigest,
    licenses::Column::State,
    licenses::Column::StateAt,
    licenses::Column::ExpiresAt,
    licenses::Column::DomainLimit,
    licenses::Column::DomainsUsed,
];

/// What a group is decided on, and what it takes.
struct Book {
    /// By digest.
    licenses: HashMap<Vec<u8>, Held>,
    products: HashMap<Uuid, products::Model>,
    /// License and domain of what is active.
    active: HashSet<(Uuid, String)>,
    taken: Vec<Taken>,
    /// Slots taken, by license.
    slots: BTreeMap<Uuid, i32>,
}

impl Book {
    async fn open(txn: &WriteTxn, group: &[Job]) -> Result<Self> {
        let digests: Vec<Vec<u8>> = group.iter().map(|job| job.digest.to_vec()).collect();
        let mut find = licenses::Entity::find()
            .select_only()
            .columns(HELD)
            .filter(licenses::Column::KeyDigest.is_in(digests))
            .order_by_asc(licenses::Column::Id);
        if txn.needs_row_locks() {
            find = find.lock(LockType::NoKeyUpdate);
        }
        let licenses = find.into_model::<Held>().all(txn.conn()).await?;
        let ids: Vec<Uuid> = licenses.iter().map(|license| license.id).collect();
        let products = products_of(txn.conn(), &licenses).await?;
        let domains: Vec<&str> = group.iter().map(|job| job.domain.as_str()).collect();
        let active = activations::Entity::find()
            .select_only()
            .column(activations::Column::LicenseId)
            .column(activations::Column::Subject)
            .filter(activations::Column::LicenseId.is_in(ids))
            .filter(activations::Column::Kind.eq(ActivationKind::Domain.word()))
            .filter(activations::Column::Subject.is_in(domains))
            .into_tuple::<(Uuid, String)>()
            .all(txn.conn())
            .await?;
        Ok(Self {
            licenses: licenses.into_iter().map(|license| (license.key_digest.clone(), license)).collect(),
            products,
            active: active.into_iter().collect(),
            taken: Vec::new(),
            slots: BTreeMap::new(),
        })
    }

    fn decide(&mut self, job: &Job, txn: &WriteTxn) -> Result<Answer> {
        let Some(license) = self.licenses.get(job.digest.as_slice()) else {
            return Ok((Activation::InvalidKey, false));
        };
        let product = self.products.get(&license.product_id);
        let product =
            product.ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))?;
        let subject = (license.id, job.domain.as_str().to_owned());
        let takes_slot = !map::development(product).cover(&job.domain);
        let used = license.domains_used + self.slots.get(&license.id).copied().unwrap_or(0);
        // Why it was suspended is nothing to an app.
        let state = State::from_storage(&license.state, map::time(license.state_at), None)?;
        let facts = Facts {
            state: &state,
            expires_at: map::time(license.expires_at),
            limit: Limit::from_storage(license.domain_limit),
            used: map::count(used),
            already_active: self.active.contains(&subject),
            takes_slot,
            policy: Policy::Strict,
        };
        match decide(&facts, txn.now()) {
            Verdict::AlreadyActive => return Ok((Activation::Active, false)),
            Verdict::Refuse(refusal) => return Ok((Activation::Refused(refusal), false)),
            Verdict::Take => {}
        }
        let taken = taken(license, job, takes_slot, txn.now().millis());
        if takes_slot {
            *self.slots.entry(license.id).or_default() += 1;
        }
        self.active.insert(subject);
        self.taken.push(taken);
        Ok((Activation::Active, true))
    }

    /// Writes what was taken.
    async fn close(self, txn: &mut WriteTxn) -> Result<()> {
        let mut rows = Vec::with_capacity(self.taken.len());
        let mut entries = Vec::with_capacity(self.taken.len());
        for Taken { row, actor, entry } in self.taken {
            rows.push(row);
            entries.push((actor, entry));
        }
        bulk::insert(txn, "activations", COLUMNS, &rows).await?;
        count(txn, &self.slots).await?;
        txn.record_all(entries).await
    }
}

async fn products_of(db: &impl ConnectionTrait, licenses: &[Held]) -> Result<HashMap<Uuid, products::Model>> {
    let mut ids: Vec<Uuid> = licenses.iter().map(|license| license.product_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = products::Entity::find().filter(products::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|product| (product.id, product)).collect())
}

/// What is known of a new activation on a domain.
const COLUMNS: Columns = &[
    ("id", Kind::Uuid),
    ("account_id", Kind::Uuid),
    ("license_id", Kind::Uuid),
    ("kind", Kind::Text),
    ("subject", Kind::Text),
    ("takes_slot", Kind::Bool),
    ("ip", Kind::Text),
    ("created_at", Kind::Int),
];

fn taken(license: &Held, job: &Job, takes_slot: bool, now: i64) -> Taken {
    let row = json!([
        new_id().simple(),
        license.account_id.simple(),
        license.id.simple(),
        ActivationKind::Domain.word(),
        job.domain.as_str(),
        takes_slot,
        job.ip,
        now,
    ]);
    let entry = Entry::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(job.domain.as_str())
        .with("domain", job.domain.as_str());
    let actor = Actor { account: AccountId(license.account_id), by: By::App { ip: job.ip.clone() } };
    Taken { row, actor, entry }
}

/// Steps the counters, guarded once more where they are written: no defect above
/// this line can take a slot that is not there.
async fn count(txn: &WriteTxn, slots: &BTreeMap<Uuid, i32>) -> Result<()> {
    let rows: Vec<_> = slots.iter().map(|(license, slots)| json!([license.simple(), slots])).collect();
    let sql = |from: &str| {
        format!(
            "UPDATE licenses SET domains_used = domains_used + v.slots FROM {from} WHERE licenses.id = v.license_id \
             AND (domain_limit IS NULL OR domains_used + v.slots <= domain_limit)"
        )
    };
    let columns: Columns = &[("license_id", Kind::Uuid), ("slots", Kind::Int)];
    let updated = bulk::run(txn, &rows, sql, columns).await?;
    if usize::try_from(updated).ok() == Some(slots.len()) {
        Ok(())
    } else {
        Err(Error::Internal("a slot was not there any more at its writing".into()))
    }
}
