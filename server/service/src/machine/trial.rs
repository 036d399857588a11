//! Trials: a machine uses a product without a license, at most once.

use std::net::IpAddr;

use data_encoding::BASE64URL_NOPAD;
use domain::event::Event;
use domain::rate_limit::rate_limit_key;
use domain::{AccountId, ProductId, Timestamp};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{ActivationOutcome, TrialRequest, token};
use crate::secrets::Purpose;
use crate::store::entity::{products, trials};
use crate::store::{AuditEvent, MachineFacts, WriteTxn, convert};
use crate::{Actor, Principal, Result, Service, random_id};

/// Maximum number of trials of a product that one network may start in 24 hours, because fingerprints
/// can be made up. A classroom behind one address may start its trials.
const MAX_TRIALS_PER_NETWORK: u64 = 30;

/// Starts a trial on a machine. A repeated request returns a new token for the existing trial with
/// its original expiry. An archived product starts no trials, and its existing ones go on.
///
/// # Errors
/// Returns an error if the database or signing fails.
#[tracing::instrument(name = "machine.start_trial", level = "debug", skip_all, err(level = "debug"))]
pub async fn start_trial(
    service: &Service,
    request: &TrialRequest,
    ip: Option<String>,
) -> Result<ActivationOutcome> {
    start_or_resume(service, request, ip, TrialMode::Online).await
}

/// How a trial is started.
#[derive(Debug, Clone, Copy)]
pub(super) enum TrialMode {
    /// By a request of the app.
    Online,
    /// By a request file. The client must load the response file before `until`.
    OfflineFile { until: Option<Timestamp> },
}

/// Like [`start_trial`], also by a request file.
pub(super) async fn start_or_resume(
    service: &Service,
    request: &TrialRequest,
    ip: Option<String>,
    mode: TrialMode,
) -> Result<ActivationOutcome> {
    let Some(product) = find_product(service.store.read(), &request.raw_product_id).await? else {
        return Ok(ActivationOutcome::InvalidProduct);
    };
    if convert::trial_rules(&product).is_none() {
        return Ok(ActivationOutcome::TrialNotAllowed);
    }
    let admission = convert::trial_admission(&product);
    // Also of a file, because anybody may send one.
    let address = ip.as_deref().and_then(|ip| ip.parse().ok());
    if let Err(mismatch) = admission.admit(&request.machine, address) {
        return Ok(ActivationOutcome::NotAdmitted(mismatch));
    }
    // Most machines have already started their trial, so that nothing is written. A trial started
    // before the product's per-user setting changed still counts.
    let subjects = admission.subjects(&request.fingerprint, &request.machine.user_hash);
    let trial = match find_for_machine(service.store.read(), product.id, &subjects).await? {
        Some(trial) => trial,
        // Without a write transaction: apps of an archived product may go on to ask for years.
        None if !convert::availability(&product).starts_trials() => {
            return Ok(ActivationOutcome::TrialNotAllowed);
        }
        None => match create_trial(service, product.id, subjects, request, ip, mode).await? {
            Ok(trial) => trial,
            Err(refusal) => return Ok(refusal),
        },
    };
    let until = match mode {
        TrialMode::Online => None,
        TrialMode::OfflineFile { until } => until,
    };
    token::sign_trial(service, &product, &trial, request, until).await.map(ActivationOutcome::Token)
}

/// Returns the id of the product with this id, if it exists.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn find_product_id(service: &Service, raw_id: &str) -> Result<Option<ProductId>> {
    Ok(find_product(service.store.read(), raw_id).await?.map(|product| ProductId(product.id)))
}

/// Finds a product by its id. Not by its public number: there is no key that proves the right to ask,
/// and numbers can be guessed.
async fn find_product(db: &impl ConnectionTrait, raw_id: &str) -> Result<Option<products::Model>> {
    match raw_id.trim().parse::<Uuid>() {
        Ok(id) => Ok(products::Entity::find_by_id(id).one(db).await?),
        Err(_) => Ok(None),
    }
}

async fn find_for_machine(
    db: &impl ConnectionTrait,
    product: Uuid,
    subjects: &[String],
) -> Result<Option<trials::Model>> {
    let select = trials::Entity::find()
        .filter(trials::Column::ProductId.eq(product))
        .filter(trials::Column::Subject.is_in(subjects));
    Ok(select.one(db).await?)
}

async fn create_trial(
    service: &Service,
    product: Uuid,
    subjects: [String; 2],
    request: &TrialRequest,
    ip: Option<String>,
    mode: TrialMode,
) -> Result<std::result::Result<trials::Model, ActivationOutcome>> {
    let mut txn = service.begin_write().await?;
    let Some(product) = lock_product(&txn, product).await? else {
        return Ok(Err(ActivationOutcome::InvalidProduct));
    };
    if let Some(trial) = find_for_machine(txn.conn(), product.id, &subjects).await? {
        return Ok(Ok(trial));
    }
    let Some(rules) = convert::trial_rules(&product) else {
        return Ok(Err(ActivationOutcome::TrialNotAllowed));
    };
    // Another transaction may have archived the product since it was read.
    if !convert::availability(&product).starts_trials() {
        return Ok(Err(ActivationOutcome::TrialNotAllowed));
    }
    if !rules.limit.allows_one_more(convert::to_count(product.trials_used)) {
        return Ok(Err(ActivationOutcome::TrialLimitReached));
    }
    let now = txn.now();
    let discards_addresses = convert::trial_admission(&product).discards_addresses;
    let network = ip.as_deref().and_then(network_of);
    let network =
        if discards_addresses { network.map(|text| digest_network(service, &text)) } else { network };
    let ip = ip.filter(|_| !discards_addresses);
    if let Some(network) = &network
        && count_trials_of_network(&txn, product.id, network).await? >= MAX_TRIALS_PER_NETWORK
    {
        return Ok(Err(ActivationOutcome::TrialLimitReached));
    }
    let [subject, _] = subjects;
    let (machine, is_offline) = (&request.machine, matches!(mode, TrialMode::OfflineFile { .. }));
    let trial = trials::ActiveModel {
        id: Set(random_id()),
        account_id: Set(product.account_id),
        product_id: Set(product.id),
        subject: Set(subject),
        hostname: Set(machine.hostname.clone()),
        os: Set(machine.os.clone()),
        app_version: Set(machine.app_version.clone()),
        ip: Set(ip.clone()),
        network: Set(network),
        metadata: Set(serde_json::to_string(&machine.metadata).ok()),
        expires_at: Set(now.plus_seconds(i64::from(rules.length.get())).millis()),
        created_at: Set(now.millis()),
        updated_at: Set(None),
        os_version: Set(machine.os_version.clone()),
        vm_name: Set(machine.vm_name.clone()),
        container: Set(machine.container.clone()),
        release_version: Set(machine.release_version.clone()),
        is_offline: Set(is_offline),
    }
    .insert(txn.conn())
    .await?;
    let trials_used = products::Column::TrialsUsed;
    products::Entity::update_many()
        .col_expr(trials_used, Expr::col(trials_used).add(1))
        .filter(products::Column::Id.eq(product.id))
        .exec(txn.conn())
        .await?;
    let actor = Actor { account: AccountId(product.account_id), principal: Principal::App { ip } };
    let entry = AuditEvent {
        event: Event::TrialStarted,
        license: None,
        product: Some(ProductId(product.id)),
        detail: Some(machine.hostname.clone()),
        payload: serde_json::json!({ "trial_id": trial.id, "product_id": product.id }),
    };
    let entry = entry.changes(MachineFacts::of_machine(machine, is_offline).into_changes());
    txn.record_about(&actor, trial.id, entry);
    txn.commit().await?;
    Ok(Ok(trial))
}

/// Returns the network that an address counts for: the IPv4 address, or the IPv6 network of 64 bits.
fn network_of(ip: &str) -> Option<String> {
    ip.parse::<IpAddr>().ok().map(|ip| rate_limit_key(ip).to_string())
}

/// Returns a keyed digest of a network whose address is not kept, so that its trials can be counted.
fn digest_network(service: &Service, network: &str) -> String {
    BASE64URL_NOPAD.encode(&service.keys.digest(Purpose::TrialNetwork, network.as_bytes()))
}

/// Counts the trials that a network started in the last 24 hours, up to the maximum. The product must
/// be locked.
async fn count_trials_of_network(txn: &WriteTxn, product: Uuid, network: &str) -> Result<u64> {
    let count = trials::Entity::find()
        .filter(trials::Column::ProductId.eq(product))
        .filter(trials::Column::Network.eq(network))
        .filter(trials::Column::CreatedAt.gt(txn.now().plus_days(-1).millis()))
        .limit(MAX_TRIALS_PER_NETWORK);
    Ok(count.count(txn.conn()).await?)
}

/// Loads the product and locks its row until the transaction ends. The lock mode does not block
/// licenses from being issued for the product.
async fn lock_product(txn: &WriteTxn, id: Uuid) -> Result<Option<products::Model>> {
    let mut select = products::Entity::find_by_id(id);
    if txn.needs_row_locks() {
        select = select.lock(LockType::NoKeyUpdate);
    }
    Ok(select.one(txn.conn()).await?)
}
