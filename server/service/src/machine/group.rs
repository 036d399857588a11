//! Machines that activate, in groups: what a group is decided on, and what it
//! takes. Who needs more than a seat or a renewal goes alone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::AccountId;
use domain::activation::{Kind as ActivationKind, Refusal, Verdict};
use domain::machine::Rules;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, FromQueryResult as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::kept::Kept;
use super::seat::{self, Bound, Way};
use super::{Answer, Request, is_named, known, rows, told};
use crate::activation::counter::{self, Counter};
use crate::store::bulk::{self, Kind, Row, row};
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::group::{Book, Want, digests};
use crate::store::text::Text;
use crate::store::{Entry, Store, WriteTxn, map};
use crate::{Actor, By, Error, Result, signing};

/// A seat that is wanted by this machine, on the license of this digest.
pub(crate) struct WantedSeat {
    pub digest: [u8; 32],
    pub request: Arc<Request>,
    pub ip: Option<String>,
}

/// What became of it.
pub(crate) enum Outcome {
    /// The machine has its seat, and that was written.
    Bound(Box<Bound>),
    /// It had it, and there was nothing to write.
    Kept(Box<Bound>),
    Refused(Answer),
    /// Leases are to be freed, or meters counted: it takes a transaction of its own.
    Alone,
}

impl Want for WantedSeat {
    type Got = Outcome;
    type Book = Seats;
    type Kept = Kept;

    fn license(&self) -> &[u8; 32] {
        &self.digest
    }

    fn needed(store: &Store) -> impl Future<Output = ()> + Send {
        // Each of them wants a signature next. Those that are left are made while SQLite syncs
        // its log, or while PostgreSQL does all of its part.
        signing::has_room(if store.is_sqlite() { 3 } else { 10 })
    }
}

static LICENSES: Text = Text::new();
static SEATS: Text = Text::new();

/// What a group is decided on, and what it writes.
pub(crate) struct Seats {
    /// By digest.
    licenses: HashMap<Vec<u8>, Arc<licenses::Model>>,
    products: HashMap<Uuid, Arc<products::Model>>,
    customers: HashMap<Uuid, Arc<customers::Model>>,
    /// By license: those that this group's machines hold.
    held: HashMap<Uuid, Vec<Arc<activations::Model>>>,
    /// Licenses without a free seat for each who wants one, but with a lease that has ended.
    ended: HashSet<Uuid>,
    /// What is written, and whether it is new.
    rows: BTreeMap<Uuid, (Arc<activations::Model>, bool)>,
    /// Seats taken, by license; its row does not count them.
    taken: BTreeMap<Uuid, i32>,
    entries: Vec<(Actor, Entry)>,
}

impl Book<WantedSeat> for Seats {
    async fn open(txn: &WriteTxn, group: &[&WantedSeat], kept: &mut Kept) -> Result<Self> {
        let backend = txn.conn().get_database_backend();
        let find = LICENSES.with(backend, [bulk::written(&digests(group))?.into()], || {
            let find =
                licenses::Entity::find().filter(bulk::among(backend, &[("key_digest", Kind::Bytes)], &[])?);
            Ok(if txn.needs_row_locks() {
                find.order_by_asc(licenses::Column::Id).lock(LockType::NoKeyUpdate)
            } else {
                find
            })
        })?;
        let licenses = licenses::Model::find_by_statement(find).all(txn.conn()).await?;
        let licenses: HashMap<_, _> =
            licenses.into_iter().map(|license| (license.key_digest.clone(), Arc::new(license))).collect();
        let products = kept.products.find(txn, licenses.values().map(|license| license.product_id)).await?;
        let customers =
            kept.customers.find(txn, licenses.values().filter_map(|license| license.customer_id)).await?;
        let mut pairs = Vec::new();
        for WantedSeat { digest, request, .. } in group {
            let Some(license) = licenses.get(digest.as_slice()) else { continue };
            for subject in Rules::default().subjects(&request.fingerprint, &request.machine.user_hash) {
                pairs.push(row![license.id, subject]);
            }
        }
        let find = SEATS.with(backend, [bulk::written(&pairs)?.into()], || {
            Ok(activations::Entity::find().filter(bulk::are_seats(backend, ActivationKind::Machine, &[])?))
        })?;
        let rows = activations::Model::find_by_statement(find).all(txn.conn()).await?;
        let mut held: HashMap<Uuid, Vec<Arc<activations::Model>>> = HashMap::new();
        for row in rows {
            held.entry(row.license_id).or_default().push(Arc::new(row));
        }
        let mut wanted: HashMap<&[u8], i32> = HashMap::new();
        for want in group {
            *wanted.entry(&want.digest).or_default() += 1;
        }
        let ended = ended(txn, &licenses, &wanted).await?;
        Ok(Self {
            licenses,
            products,
            customers,
            held,
            ended,
            rows: BTreeMap::new(),
            taken: BTreeMap::new(),
            entries: Vec::new(),
        })
    }

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
        let seats = self.held.entry(license.id).or_default();
        let known = seat::held_by(seats.iter().map(|seat| &**seat), &rules, request).cloned();
        let taken = self.taken.get(&license.id).copied().unwrap_or(0);
        match seat::rule(license, taken, known.is_some(), txn.now())? {
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
                license: Arc::clone(license),
                product: Arc::clone(product),
                customer: customer.clone(),
                activation: Arc::new(row.clone()),
            };
            if known::says_nothing_new(&bound, request, txn.now())? {
                return Ok(Outcome::Kept(Box::new(bound)));
            }
        }
        let actor = Actor { account: AccountId(license.account_id), by: By::App { ip: ip.clone() } };
        let is_new = known.is_none();
        let mut row = known.unwrap_or_else(|| seat::new_seat(license, &rules, request, &actor, txn.now()));
        told::say(&mut row, &rules, request, Way::Online, txn.now());
        if is_new {
            if license.first_activated_at.is_none() {
                Arc::make_mut(license).first_activated_at = Some(txn.now().millis());
            }
            *self.taken.entry(license.id).or_default() += 1;
            self.entries.push((actor, seat::taken(license, &row, request)));
        }
        let row = Arc::new(row);
        seats.retain(|seat| seat.id != row.id);
        seats.push(Arc::clone(&row));
        let kept = self.rows.entry(row.id).or_insert_with(|| (Arc::clone(&row), is_new));
        kept.0 = Arc::clone(&row);
        Ok(Outcome::Bound(Box::new(Bound {
            license: Arc::clone(license),
            product: Arc::clone(product),
            customer,
            activation: row,
        })))
    }

    fn is_blank(&self) -> bool {
        self.rows.is_empty()
    }

    fn close(self, txn: &mut WriteTxn) {
        let (new, known): (Vec<_>, Vec<_>) = self.rows.values().partition(|(_, is_new)| *is_new);
        for (row, _) in self.rows.values() {
            txn.touch(row.license_id);
        }
        txn.later(rows::inserted(new.into_iter().map(|(row, _)| &**row)));
        txn.later(rows::renewed(known.into_iter().map(|(row, _)| &**row)));
        txn.later(counter::steps(Counter::Machines, &self.taken, txn.now()));
        for (actor, entry) in self.entries {
            txn.record(&actor, entry);
        }
    }
}

async fn ended(
    txn: &WriteTxn,
    licenses: &HashMap<Vec<u8>, Arc<licenses::Model>>,
    wanted: &HashMap<&[u8], i32>,
) -> Result<HashSet<Uuid>> {
    let full = licenses.values().filter(|license| {
        let wanted = wanted.get(license.key_digest.as_slice()).copied().unwrap_or(0);
        license.machine_limit.is_some_and(|limit| license.machines_used.saturating_add(wanted) > limit)
    });
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
