//! Activations on domains, in groups: what a group is decided on, and what it
//! takes.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::activation::{Facts, Kind as ActivationKind, Policy, Verdict, decide};
use domain::development::DevelopmentHosts;
use domain::event::Event;
use domain::license::{Limit, State};
use domain::{AccountId, DomainName, LicenseId};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ConnectionTrait as _, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect, RelationDef,
};
use uuid::Uuid;

use super::Activation;
use super::counter::{self, Counter};
use crate::store::bulk::{self, Columns, Kind, Row, row};
use crate::store::entity::{activations, licenses, products};
use crate::store::group::{Book, Want, digests};
use crate::store::text::Text;
use crate::store::write::Write;
use crate::store::{Entry, WriteTxn, map};
use crate::{Actor, By, Result, new_id};

/// A slot that is wanted for this domain, on the license of this digest.
pub(crate) struct WantedSlot {
    pub digest: [u8; 32],
    pub domain: DomainName,
    pub ip: Option<String>,
}

impl Want for WantedSlot {
    /// What became of it, and whether it took a slot just now.
    type Got = (Activation, bool);
    type Book = Slots;
    type Kept = ();

    fn license(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// A slot that was taken.
struct Taken {
    row: Row,
    actor: Actor,
    entry: Entry,
}

/// What of a license bears on an activation: the rest of its row stays where it is.
#[derive(FromQueryResult)]
struct Held {
    id: Uuid,
    account_id: Uuid,
    key_digest: Vec<u8>,
    state: String,
    state_at: Option<i64>,
    expires_at: Option<i64>,
    domain_limit: Option<i32>,
    domains_used: i32,
    /// The product's.
    free_development_hosts: bool,
    development_hosts: String,
}

/// A domain that is active already.
#[derive(FromQueryResult)]
struct Active {
    license_id: Uuid,
    subject: String,
}

static LICENSES: Text = Text::new();
static SEATS: Text = Text::new();

const HELD: [licenses::Column; 8] = [
    licenses::Column::Id,
    licenses::Column::AccountId,
    licenses::Column::KeyDigest,
    licenses::Column::State,
    licenses::Column::StateAt,
    licenses::Column::ExpiresAt,
    licenses::Column::DomainLimit,
    licenses::Column::DomainsUsed,
];

const OF_PRODUCT: [products::Column; 2] =
    [products::Column::FreeDevelopmentHosts, products::Column::DevelopmentHosts];

fn of_product() -> RelationDef {
    licenses::Entity::belongs_to(products::Entity)
        .from(licenses::Column::ProductId)
        .to(products::Column::Id)
        .into()
}

/// What a group is decided on, and what it takes.
pub(crate) struct Slots {
    /// By digest.
    licenses: HashMap<Vec<u8>, Held>,
    /// License and domain of what is active.
    active: HashSet<(Uuid, String)>,
    taken: Vec<Taken>,
    /// Slots taken, by license.
    steps: BTreeMap<Uuid, i32>,
}

impl Book<WantedSlot> for Slots {
    async fn open(txn: &WriteTxn, group: &[&WantedSlot], (): &mut ()) -> Result<Self> {
        let backend = txn.conn().get_database_backend();
        let find = LICENSES.with(backend, [bulk::written(&digests(group))?.into()], || {
            let mut find = licenses::Entity::find()
                .select_only()
                .columns(HELD)
                .columns(OF_PRODUCT)
                .join(JoinType::InnerJoin, of_product())
                .filter(bulk::among(backend, &[("key_digest", Kind::Bytes)], &[])?);
            if txn.needs_row_locks() {
                find = find.order_by_asc(licenses::Column::Id);
                QuerySelect::query(&mut find).lock_with_tables(LockType::NoKeyUpdate, [licenses::Entity]);
            }
            Ok(find)
        })?;
        let licenses = Held::find_by_statement(find).all(txn.conn()).await?;
        let licenses: HashMap<_, _> =
            licenses.into_iter().map(|license| (license.key_digest.clone(), license)).collect();
        let pairs: Vec<_> = group
            .iter()
            .filter_map(|want| Some((licenses.get(want.digest.as_slice())?, want)))
            .map(|(license, want)| row![license.id, want.domain.as_str()])
            .collect();
        let find = SEATS.with(backend, [bulk::written(&pairs)?.into()], || {
            Ok(activations::Entity::find()
                .select_only()
                .columns([activations::Column::LicenseId, activations::Column::Subject])
                .filter(bulk::are_seats(backend, ActivationKind::Domain, &[])?))
        })?;
        let active = Active::find_by_statement(find).all(txn.conn()).await?;
        let active = active.into_iter().map(|Active { license_id, subject }| (license_id, subject)).collect();
        Ok(Self { licenses, active, taken: Vec::new(), steps: BTreeMap::new() })
    }

    fn decide(&mut self, want: &WantedSlot, txn: &WriteTxn) -> Result<(Activation, bool)> {
        let Some(license) = self.licenses.get(want.digest.as_slice()) else {
            return Ok((Activation::InvalidKey, false));
        };
        let subject = (license.id, want.domain.as_str().to_owned());
        let development =
            DevelopmentHosts::from_storage(license.free_development_hosts, &license.development_hosts);
        let takes_slot = !development.cover(&want.domain);
        let used = license.domains_used + self.steps.get(&license.id).copied().unwrap_or(0);
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
        let taken = taken(license, want, takes_slot, txn.now().millis());
        if takes_slot {
            *self.steps.entry(license.id).or_default() += 1;
        }
        self.active.insert(subject);
        self.taken.push(taken);
        Ok((Activation::Active, true))
    }

    fn is_blank(&self) -> bool {
        self.taken.is_empty()
    }

    fn close(self, txn: &mut WriteTxn) {
        let mut rows = Vec::with_capacity(self.taken.len());
        for Taken { row, actor, entry } in self.taken {
            rows.push(row);
            txn.record(&actor, entry);
        }
        txn.later(Write::insert("activations", COLUMNS, rows));
        txn.later(counter::steps(Counter::Domains, &self.steps, txn.now()));
    }
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

fn taken(license: &Held, want: &WantedSlot, takes_slot: bool, now: i64) -> Taken {
    let row = row![
        new_id(),
        license.account_id,
        license.id,
        ActivationKind::Domain.word(),
        want.domain.as_str(),
        takes_slot,
        want.ip.clone(),
        now,
    ];
    let entry = Entry::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(want.domain.as_str())
        .with("domain", want.domain.as_str());
    let actor = Actor { account: AccountId(license.account_id), by: By::App { ip: want.ip.clone() } };
    Taken { row, actor, entry }
}
