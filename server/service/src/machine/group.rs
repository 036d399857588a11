//! Machines that activate, in groups: what a group is decided on, and what it
//! takes. Who needs more than a seat or a renewal goes alone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::AccountId;
use domain::activation::{Kind as ActivationKind, Refusal, Verdict};
use domain::machine::Rules;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set, TryIntoModel as _,
};
use uuid::Uuid;

use super::seat::{self, Bound, Way};
use super::{Answer, Request, is_named};
use crate::store::bulk::{self, Columns, Kind, Row, row};
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::group::Want;
use crate::store::{Entry, WriteTxn, map};
use crate::{Actor, By, Error, Result, signing};

/// A seat that is wanted by this machine, on the license of this digest.
pub(crate) struct WantedSeat {
    pub digest: [u8; 32],
    pub request: Request,
    pub ip: Option<String>,
}

/// What became of it: the seat, with what was written of it; or as it was, where
/// there was nothing to write.
pub(crate) enum Outcome {
    Bound(Box<Bound>),
    Refused(Answer),
    /// Leases are to be freed, or meters counted: it takes a transaction of its own.
    Alone,
}

impl Want for WantedSeat {
    type Got = Outcome;

    fn license(&self) -> &[u8; 32] {
        &self.digest
    }

    fn can_wait() -> bool {
        // Each of them wants a signature next.
        signing::is_busy()
    }

    async fn write(mut txn: WriteTxn, group: &[&Self]) -> Result<Vec<Outcome>> {
        let mut book = Book::open(&txn, group).await?;
        let outcomes = group.iter().map(|want| book.decide(want, &txn)).collect::<Result<Vec<_>>>()?;
        if !book.rows.is_empty() {
            book.close(&mut txn).await?;
            txn.commit().await?;
        }
        Ok(outcomes)
    }
}

/// What a group is decided on, and what it writes.
struct Book {
    /// By digest.
    licenses: HashMap<Vec<u8>, licenses::Model>,
    products: HashMap<Uuid, products::Model>,
    customers: HashMap<Uuid, customers::Model>,
    /// By license: those that this group's machines hold.
    seats: HashMap<Uuid, Vec<activations::Model>>,
    /// Licenses without a free seat, but with a lease that has ended.
    ended: HashSet<Uuid>,
    /// What is written, and whether it is new.
    rows: BTreeMap<Uuid, (activations::Model, bool)>,
    /// Seats taken, by license.
    taken: BTreeMap<Uuid, i32>,
    entries: Vec<(Actor, Entry)>,
    now: i64,
}

impl Book {
    /// Reads, and locks, what the group is decided on.
    async fn open(txn: &WriteTxn, group: &[&WantedSeat]) -> Result<Self> {
        let backend = txn.conn().get_database_backend();
        let mut digests: Vec<_> = group.iter().map(|want| row![want.digest.to_vec()]).collect();
        digests.dedup();
        let mut find = licenses::Entity::find()
            .filter(bulk::among(backend, &[("key_digest", Kind::Bytes)], &digests)?)
            .order_by_asc(licenses::Column::Id);
        if txn.needs_row_locks() {
            find = find.lock(LockType::NoKeyUpdate);
        }
        let licenses = find.all(txn.conn()).await?;
        let licenses: HashMap<_, _> =
            licenses.into_iter().map(|license| (license.key_digest.clone(), license)).collect();
        let products = once(licenses.values().map(|license| license.product_id));
        let products =
            products::Entity::find().filter(bulk::among(backend, ID, &products)?).all(txn.conn()).await?;
        let customers = once(licenses.values().filter_map(|license| license.customer_id));
        let customers = if customers.is_empty() {
            Vec::new()
        } else {
            customers::Entity::find().filter(bulk::among(backend, ID, &customers)?).all(txn.conn()).await?
        };
        let mut pairs = Vec::new();
        for WantedSeat { digest, request, .. } in group {
            let Some(license) = licenses.get(digest.as_slice()) else { continue };
            for subject in Rules::default().subjects(&request.fingerprint, &request.machine.user_hash) {
                pairs.push(row![license.id, subject]);
            }
        }
        let held = activations::Entity::find()
            .filter(activations::Column::Kind.eq(ActivationKind::Machine.word()))
            .filter(bulk::among(backend, &[("license_id", Kind::Uuid), ("subject", Kind::Text)], &pairs)?)
            .all(txn.conn())
            .await?;
        let mut seats: HashMap<Uuid, Vec<activations::Model>> = HashMap::new();
        for row in held {
            seats.entry(row.license_id).or_default().push(row);
        }
        let ended = ended(txn, &licenses).await?;
        Ok(Self {
            licenses,
            products: products.into_iter().map(|product| (product.id, product)).collect(),
            customers: customers.into_iter().map(|customer| (customer.id, customer)).collect(),
            seats,
            ended,
            rows: BTreeMap::new(),
            taken: BTreeMap::new(),
            entries: Vec::new(),
            now: txn.now().millis(),
        })
    }

    /// Decides one of the group, on what those before it took.
    fn decide(&mut self, want: &WantedSeat, txn: &WriteTxn) -> Result<Outcome> {
        let WantedSeat { digest, request, ip } = want;
        let Some(license) = self.licenses.get_mut(digest.as_slice()) else {
            return Ok(Outcome::Refused(Answer::InvalidKey));
        };
        let product = self.products.get(&license.product_id);
        let product =
            product.ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))?;
        if !is_named(product, &request.product_sent) {
            return Ok(Outcome::Refused(Answer::InvalidProduct));
        }
        if !request.meters.is_empty() {
            return Ok(Outcome::Alone);
        }
        let rules = map::rules(product);
        let seats = self.seats.entry(license.id).or_default();
        let known = seat::held_by(seats, &rules, request);
        match seat::rule(license, known.is_some(), txn.now())? {
            Verdict::Refuse(Refusal::Revoked) => return Ok(Outcome::Refused(Answer::Revoked)),
            // A seat whose lease has ended is freed alone.
            Verdict::Refuse(_) if self.ended.contains(&license.id) => return Ok(Outcome::Alone),
            Verdict::Refuse(_) => return Ok(Outcome::Refused(Answer::LimitReached)),
            Verdict::AlreadyActive | Verdict::Take => {}
        }
        if let Err(mismatch) = rules.admit(&request.machine) {
            return Ok(Outcome::Refused(Answer::NotAdmitted(mismatch)));
        }
        let customer = license.customer_id.and_then(|id| self.customers.get(&id).cloned());
        if let Some(row) = &known {
            let bound = Bound {
                license: license.clone(),
                product: product.clone(),
                customer: customer.clone(),
                activation: row.clone(),
            };
            if seat::says_nothing_new(&bound, request, txn.now())? {
                return Ok(Outcome::Bound(Box::new(bound)));
            }
        }
        let actor = Actor { account: AccountId(license.account_id), by: By::App { ip: ip.clone() } };
        let is_new = known.is_none();
        let mut row = match known {
            Some(row) => row.into_active_model(),
            None => seat::new_seat(license, &rules, request, &actor, txn.now()),
        };
        if is_new {
            row.last_verified_at = Set(None);
            row.meters = Set(None);
        }
        seat::say(&mut row, &rules, request, Way::Online, txn.now());
        let row = row.try_into_model()?;
        if is_new {
            license.machines_used += 1;
            license.first_activated_at.get_or_insert(self.now);
            *self.taken.entry(license.id).or_default() += 1;
            self.entries.push((actor, seat::taken(license, &row, request)));
        }
        seats.retain(|seat| seat.id != row.id);
        seats.push(row.clone());
        let was_new = self.rows.get(&row.id).is_some_and(|(_, new)| *new);
        self.rows.insert(row.id, (row.clone(), is_new || was_new));
        Ok(Outcome::Bound(Box::new(Bound {
            license: license.clone(),
            product: product.clone(),
            customer,
            activation: row,
        })))
    }

    /// Writes it.
    async fn close(self, txn: &mut WriteTxn) -> Result<()> {
        let (mut new, mut renewed) = (Vec::new(), Vec::new());
        for (row, is_new) in self.rows.values() {
            txn.touch(row.license_id);
            if *is_new {
                new.push(values(row));
            } else {
                renewed.push(values(row));
            }
        }
        bulk::insert(txn, "activations", COLUMNS, new).await?;
        let said: Vec<String> = SAID.iter().map(|name| format!("{name} = v.{name}")).collect();
        let sql = |from: &str| {
            format!("UPDATE activations SET {} FROM {from} WHERE activations.id = v.id", said.join(", "))
        };
        bulk::run(txn, renewed, sql, COLUMNS).await?;
        self.count(txn).await?;
        txn.record_all(self.entries).await
    }

    /// Steps the counters, guarded once more where they are written.
    async fn count(&self, txn: &WriteTxn) -> Result<()> {
        let rows: Vec<_> =
            self.taken.iter().map(|(license, seats)| row![*license, *seats, self.now]).collect();
        let sql = |from: &str| {
            format!(
                "UPDATE licenses SET machines_used = machines_used + v.seats, \
                 first_activated_at = COALESCE(first_activated_at, v.now) FROM {from} WHERE licenses.id = v.license_id \
                 AND (machine_limit IS NULL OR machines_used + v.seats <= machine_limit)"
            )
        };
        let columns: Columns = &[("license_id", Kind::Uuid), ("seats", Kind::Int), ("now", Kind::Int)];
        let updated = bulk::run(txn, rows, sql, columns).await?;
        if usize::try_from(updated).ok() == Some(self.taken.len()) {
            Ok(())
        } else {
            Err(Error::Internal("a seat was not there any more at its writing".into()))
        }
    }
}

async fn ended(txn: &WriteTxn, licenses: &HashMap<Vec<u8>, licenses::Model>) -> Result<HashSet<Uuid>> {
    let full = licenses.values().filter(|l| l.machine_limit.is_some_and(|limit| l.machines_used >= limit));
    let full = once(full.map(|license| license.id));
    if full.is_empty() {
        return Ok(HashSet::new());
    }
    let backend = txn.conn().get_database_backend();
    let ended: Vec<Uuid> = activations::Entity::find()
        .select_only()
        .column(activations::Column::LicenseId)
        .filter(bulk::among(backend, &[("license_id", Kind::Uuid)], &full)?)
        .filter(activations::Column::LeaseExpiresAt.lte(txn.now().millis()))
        .distinct()
        .into_tuple()
        .all(txn.conn())
        .await?;
    Ok(ended.into_iter().collect())
}

fn once(ids: impl Iterator<Item = Uuid>) -> Vec<Row> {
    let ids: BTreeSet<Uuid> = ids.collect();
    ids.into_iter().map(|id| row![id]).collect()
}

const ID: Columns = &[("id", Kind::Uuid)];

const COLUMNS: Columns = &[
    ("id", Kind::Uuid),
    ("account_id", Kind::Uuid),
    ("license_id", Kind::Uuid),
    ("kind", Kind::Text),
    ("subject", Kind::Text),
    ("takes_slot", Kind::Bool),
    ("ip", Kind::Text),
    ("created_at", Kind::Int),
    ("hostname", Kind::Text),
    ("os", Kind::Text),
    ("os_version", Kind::Text),
    ("vm_name", Kind::Text),
    ("container", Kind::Text),
    ("app_version", Kind::Text),
    ("release_version", Kind::Text),
    ("user_hash", Kind::Text),
    ("metadata", Kind::Text),
    ("last_synced_at", Kind::Int),
    ("lease_expires_at", Kind::Int),
    ("offline_until", Kind::Int),
];

/// Columns that a machine that holds its seat says anew.
const SAID: [&str; 12] = [
    "hostname",
    "os",
    "os_version",
    "vm_name",
    "container",
    "app_version",
    "release_version",
    "user_hash",
    "metadata",
    "last_synced_at",
    "lease_expires_at",
    "offline_until",
];

/// A row's values, in the order of [`COLUMNS`]. Destructured, so that a new column
/// is decided on.
fn values(row: &activations::Model) -> Row {
    let activations::Model {
        id,
        account_id,
        license_id,
        kind,
        subject,
        takes_slot,
        ip,
        // Counted elsewhere.
        verification_count: _,
        last_verified_at: _,
        created_at,
        hostname,
        os,
        os_version,
        vm_name,
        container,
        app_version,
        release_version,
        user_hash,
        metadata,
        last_synced_at,
        lease_expires_at,
        offline_until,
        // Who counts goes alone.
        meters: _,
    } = row;
    row![
        *id,
        *account_id,
        *license_id,
        kind.clone(),
        subject.clone(),
        *takes_slot,
        ip.clone(),
        *created_at,
        hostname.clone(),
        os.clone(),
        os_version.clone(),
        vm_name.clone(),
        container.clone(),
        app_version.clone(),
        release_version.clone(),
        user_hash.clone(),
        metadata.clone(),
        *last_synced_at,
        *lease_expires_at,
        *offline_until,
    ]
}
