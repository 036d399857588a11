//! Starts a bulk job.

use domain::bounded_text::Name;
use domain::bulk::{Change, JobState, Parameters, Selection};
use domain::customer::NameChoice;
use domain::event::Event;
use domain::permission::Permission;
use domain::view::LicenseQuery;
use domain::{BulkJobId, Email, LicenseId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, Set,
};
use sha2::{Digest as _, Sha256};

use super::row;
use crate::store::entity::bulk_jobs;
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Error, Result, Service, customer, form_token, license, new_id};

/// A bulk job to start.
#[derive(Debug, Clone)]
pub struct NewBulkJob {
    /// The change.
    pub change: NewChange,
    /// The licenses.
    pub selection: Selection,
    /// The form's token. A repeated form leads to the same job.
    pub form_token: String,
}

/// A change as it is asked for.
#[derive(Debug, Clone)]
pub enum NewChange {
    /// A change with all its parameters.
    Change(Change),
    /// A move to the customer with this address, or to a new customer.
    MoveTo {
        /// The customer's name.
        name: Option<Name>,
        /// The customer's address.
        email: Option<Email>,
    },
}

/// The started job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// The job's id.
    pub id: BulkJobId,
    /// The form was submitted before and had started this job.
    pub is_repeated: bool,
}

/// Starts a job, which a worker runs. The permission is checked now and with each batch.
///
/// # Errors
/// Returns an error if the role lacks the permission, the selection is empty, the customer of a move is
/// neither named nor addressed, or the database fails.
#[tracing::instrument(name = "bulk_job.start", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn start(service: &Service, actor: &Actor, new: NewBulkJob) -> Result<Started> {
    actor.require(Permission::WriteLicense)?;
    let selection = resolve_search(service, actor, new.selection).await?;
    let mut txn = service.begin_write().await?;
    if !form_token::mark_used(&txn, actor, &new.form_token).await? {
        let id = find_by_token(&txn, actor, &new.form_token).await?;
        return Ok(Started { id, is_repeated: true });
    }
    let change = match new.change {
        NewChange::Change(change) => change,
        NewChange::MoveTo { name, email } => move_to(&mut txn, actor, name, email).await?,
    };
    let job = NewRow { change: &change, selection: &selection, token: &new.form_token, undo_of: None };
    let id = insert(&mut txn, actor, job).await?;
    txn.commit().await?;
    service.bulk_job_started.notify_one();
    Ok(Started { id, is_repeated: false })
}

/// The values of a new row that its caller chooses.
pub(super) struct NewRow<'a> {
    pub change: &'a Change,
    pub selection: &'a Selection,
    pub token: &'a str,
    /// The job to undo, and its number of changed licenses.
    pub undo_of: Option<(BulkJobId, i64)>,
}

/// Inserts a job and records its start.
pub(super) async fn insert(txn: &mut WriteTxn, actor: &Actor, new: NewRow<'_>) -> Result<BulkJobId> {
    let id = BulkJobId(new_id());
    let total = match (new.undo_of, new.selection) {
        (Some((_, done)), _) => Some(done),
        (None, Selection::Licenses(licenses)) => i64::try_from(licenses.len()).ok(),
        (None, Selection::Query(_)) => None,
    };
    let (actor_id, _) = actor.principal.actor_id_and_ip();
    bulk_jobs::ActiveModel {
        id: Set(id.0),
        account_id: Set(actor.account.0),
        verb: Set(new.change.verb().as_str().to_owned()),
        parameters: Set(row::to_json(&Parameters::from(new.change))?),
        selection: Set(row::to_json(new.selection)?),
        undo_of: Set(new.undo_of.map(|(job, _)| job.0)),
        state: Set(JobState::Running.as_str().to_owned()),
        stop_requested: Set(false),
        position: Set(None),
        total: Set(total),
        done: Set(0),
        skipped: Set("{}".to_owned()),
        failure: Set(None),
        actor_kind: Set(actor.principal.kind().to_owned()),
        actor_id: Set(actor_id),
        actor_name: Set(actor.principal.name().to_owned()),
        token_digest: Set(Some(digest(new.token))),
        created_at: Set(txn.now().millis()),
        finished_at: Set(None),
        pruned_at: Set(None),
    }
    .insert(txn.conn())
    .await?;
    let undo = if new.undo_of.is_some() { "undo: " } else { "" };
    let verb = new.change.verb();
    let entry = AuditEvent {
        event: Event::BulkJobStarted,
        license: None,
        product: None,
        detail: Some(format!("{undo}{}", verb.label().to_lowercase())),
        payload: serde_json::json!({ "bulk_job_id": id, "verb": verb.as_str(), "undo": new.undo_of.is_some() }),
    };
    txn.record(actor, entry);
    Ok(id)
}

/// Returns the job that a form has started. Its token was marked in the transaction of the job.
pub(super) async fn find_by_token(txn: &WriteTxn, actor: &Actor, token: &str) -> Result<BulkJobId> {
    let job = bulk_jobs::Entity::find()
        .filter(bulk_jobs::Column::AccountId.eq(actor.account.0))
        .filter(bulk_jobs::Column::TokenDigest.eq(digest(token)))
        .order_by_desc(bulk_jobs::Column::Id)
        .one(txn.conn())
        .await?;
    // The token was used by another form.
    job.map(|job| BulkJobId(job.id))
        .ok_or_else(|| Error::Conflict("This form was already sent. Please reload the page.".into()))
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

async fn move_to(
    txn: &mut WriteTxn,
    actor: &Actor,
    name: Option<Name>,
    email: Option<Email>,
) -> Result<Change> {
    if name.is_none() && email.is_none() {
        return Err(Error::invalid("customer_email", "The address or the name of the customer is required."));
    }
    let customer =
        customer::find_or_insert(txn, actor, name.as_ref(), email.as_ref(), NameChoice::Ask).await?;
    Ok(Change::Move { customer: domain::CustomerId(customer.id) })
}

/// Replaces a search by the licenses that it finds now. A search is bounded, and its matches change with
/// the licenses that the job changes.
async fn resolve_search(service: &Service, actor: &Actor, selection: Selection) -> Result<Selection> {
    let Selection::Query(query) = selection else { return Ok(selection) };
    let query = LicenseQuery { cursor: None, ..query };
    if query.search.trim().is_empty() {
        return Ok(Selection::Query(query.normalized()));
    }
    // One more, so that a larger selection is refused.
    let most = domain::bulk::MAX_LICENSES as u64 + 1;
    let found = license::selected_ids(service, actor, &query, service.now(), most).await?;
    Ok(Selection::of_licenses(found.iter().map(|found| LicenseId(found.id)).collect())?)
}
