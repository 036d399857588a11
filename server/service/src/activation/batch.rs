//! Group commit of domain activations: the rows a batch reads and the writes it stages.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::activation::{Decision, Facts, Kind as ActivationKind, Policy, decide};
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

use super::counter::{self, Counter};
use super::outcome::ActivateOutcome;
use crate::store::bulk_write::BulkWrite;
use crate::store::cached_sql::CachedSql;
use crate::store::entity::{activations, licenses, products};
use crate::store::group_commit::{WriteBatch, WriteRequest, distinct_license_digests};
use crate::store::row_values::{self, ColumnType, RowValues, row};
use crate::store::{AuditEvent, WriteTxn, convert};
use crate::{Actor, Principal, Result, new_id};

/// A request to activate the license with this key digest on a domain.
pub(crate) struct ActivateDomain {
    pub digest: [u8; 32],
    pub domain: DomainName,
    pub ip: Option<String>,
}

impl WriteRequest for ActivateDomain {
    /// The outcome, and whether this request created the activation.
    type Response = (ActivateOutcome, bool);
    type Batch = DomainActivationBatch;
    type BatchState = ();

    fn license_digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// A new activation, not yet written.
struct PendingActivation {
    row: RowValues,
    actor: Actor,
    event: AuditEvent,
}

/// The license columns that an activation depends on; the other columns are not read.
#[derive(FromQueryResult)]
struct LicenseColumns {
    id: Uuid,
    account_id: Uuid,
    key_digest: Vec<u8>,
    state: String,
    state_at: Option<i64>,
    expires_at: Option<i64>,
    domain_limit: Option<i32>,
    domains_used: i32,
    /// From the product, like `development_hosts`.
    free_development_hosts: bool,
    development_hosts: String,
}

/// An existing activation of a license on a domain.
#[derive(FromQueryResult)]
struct ActiveDomain {
    license_id: Uuid,
    subject: String,
}

static LOCK_LICENSES_SQL: CachedSql = CachedSql::new();
static FIND_ACTIVATIONS_SQL: CachedSql = CachedSql::new();

const LICENSE_COLUMNS: [licenses::Column; 8] = [
    licenses::Column::Id,
    licenses::Column::AccountId,
    licenses::Column::KeyDigest,
    licenses::Column::State,
    licenses::Column::StateAt,
    licenses::Column::ExpiresAt,
    licenses::Column::DomainLimit,
    licenses::Column::DomainsUsed,
];

const PRODUCT_COLUMNS: [products::Column; 2] =
    [products::Column::FreeDevelopmentHosts, products::Column::DevelopmentHosts];

fn product_relation() -> RelationDef {
    licenses::Entity::belongs_to(products::Entity)
        .from(licenses::Column::ProductId)
        .to(products::Column::Id)
        .into()
}

/// The rows that a batch reads and the writes it stages.
pub(crate) struct DomainActivationBatch {
    /// By key digest.
    licenses: HashMap<Vec<u8>, LicenseColumns>,
    /// Active (license, domain) pairs, including those of this batch.
    active: HashSet<(Uuid, String)>,
    pending: Vec<PendingActivation>,
    /// Slots taken in this batch, by license.
    increments: BTreeMap<Uuid, i32>,
}

impl WriteBatch<ActivateDomain> for DomainActivationBatch {
    async fn load_and_lock(txn: &WriteTxn, requests: &[&ActivateDomain], (): &mut ()) -> Result<Self> {
        let backend = txn.conn().get_database_backend();
        let statement = LOCK_LICENSES_SQL.statement(
            backend,
            [row_values::rows_to_json(&distinct_license_digests(requests))?.into()],
            || {
                let mut select = licenses::Entity::find()
                    .select_only()
                    .columns(LICENSE_COLUMNS)
                    .columns(PRODUCT_COLUMNS)
                    .join(JoinType::InnerJoin, product_relation())
                    .filter(row_values::in_rows(backend, &[("key_digest", ColumnType::Bytes)], &[])?);
                if txn.needs_row_locks() {
                    select = select.order_by_asc(licenses::Column::Id);
                    QuerySelect::query(&mut select)
                        .lock_with_tables(LockType::NoKeyUpdate, [licenses::Entity]);
                }
                Ok(select)
            },
        )?;
        let licenses = LicenseColumns::find_by_statement(statement).all(txn.conn()).await?;
        let licenses: HashMap<_, _> =
            licenses.into_iter().map(|license| (license.key_digest.clone(), license)).collect();
        let pairs: Vec<_> = requests
            .iter()
            .filter_map(|write_request| Some((licenses.get(write_request.digest.as_slice())?, write_request)))
            .map(|(license, write_request)| row![license.id, write_request.domain.as_str()])
            .collect();
        let statement =
            FIND_ACTIVATIONS_SQL.statement(backend, [row_values::rows_to_json(&pairs)?.into()], || {
                Ok(activations::Entity::find()
                    .select_only()
                    .columns([activations::Column::LicenseId, activations::Column::Subject])
                    .filter(row_values::activations_in(backend, ActivationKind::Domain, &[])?))
            })?;
        let active = ActiveDomain::find_by_statement(statement).all(txn.conn()).await?;
        let active =
            active.into_iter().map(|ActiveDomain { license_id, subject }| (license_id, subject)).collect();
        Ok(Self { licenses, active, pending: Vec::new(), increments: BTreeMap::new() })
    }

    fn decide(&mut self, write_request: &ActivateDomain, txn: &WriteTxn) -> Result<(ActivateOutcome, bool)> {
        let Some(license) = self.licenses.get(write_request.digest.as_slice()) else {
            return Ok((ActivateOutcome::InvalidKey, false));
        };
        let subject = (license.id, write_request.domain.as_str().to_owned());
        let development_hosts =
            DevelopmentHosts::from_storage(license.free_development_hosts, &license.development_hosts);
        let takes_slot = !development_hosts.covers(&write_request.domain);
        let used = license.domains_used + self.increments.get(&license.id).copied().unwrap_or(0);
        // The reason of a suspension is not reported to apps.
        let state = State::from_storage(&license.state, convert::to_timestamp(license.state_at), None)?;
        let facts = Facts {
            state: &state,
            expires_at: convert::to_timestamp(license.expires_at),
            limit: Limit::from_storage(license.domain_limit),
            used: convert::to_count(used),
            already_active: self.active.contains(&subject),
            takes_slot,
            policy: Policy::Strict,
        };
        match decide(&facts, txn.now()) {
            Decision::AlreadyActive => return Ok((ActivateOutcome::Active, false)),
            Decision::Refuse(refusal) => return Ok((ActivateOutcome::Refused(refusal), false)),
            Decision::Take => {}
        }
        let activation = pending_activation(license, write_request, takes_slot, txn.now().millis());
        if takes_slot {
            *self.increments.entry(license.id).or_default() += 1;
        }
        self.active.insert(subject);
        self.pending.push(activation);
        Ok((ActivateOutcome::Active, true))
    }

    fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    fn stage(self, txn: &mut WriteTxn) {
        let mut rows = Vec::with_capacity(self.pending.len());
        for PendingActivation { row, actor, event: entry } in self.pending {
            rows.push(row);
            txn.record(&actor, entry);
        }
        txn.defer_write(BulkWrite::insert("activations", activations::DOMAIN_INSERT_COLUMNS, rows));
        txn.defer_write(counter::increments(Counter::Domains, &self.increments, txn.now()));
    }
}

fn pending_activation(
    license: &LicenseColumns,
    write_request: &ActivateDomain,
    takes_slot: bool,
    now: i64,
) -> PendingActivation {
    let row = row![
        new_id(),
        license.account_id,
        license.id,
        ActivationKind::Domain.as_str(),
        write_request.domain.as_str(),
        takes_slot,
        write_request.ip.clone(),
        now,
    ];
    let entry = AuditEvent::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(write_request.domain.as_str())
        .with_payload("domain", write_request.domain.as_str());
    let actor = Actor {
        account: AccountId(license.account_id),
        principal: Principal::App { ip: write_request.ip.clone() },
    };
    PendingActivation { row, actor, event: entry }
}
