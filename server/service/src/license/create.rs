//! Makes licenses for programs: one by a group commit, many in one transaction.

use domain::LicenseId;
use domain::permission::Permission;
use sea_orm::{ConnectionTrait, EntityTrait as _};

use super::create_batch::{CreateBatch, CreateOutcome};
use super::create_request::CreateRequest;
use super::issue::draw_key;
use super::record::LicenseRecord;
use super::refusal::LicenseRefusal;
use super::terms::CreateLicense;
use crate::error::is_duplicate;
use crate::secrets::Purpose;
use crate::store::entity::{license_templates, products};
use crate::store::group_commit::WriteBatch as _;
use crate::store::{WriteTxn, scope};
use crate::{Actor, Error, Result, Service, new_id, trace};

/// Attempts to make licenses whose tags or keys others make at the same time.
const MAX_ATTEMPTS: u32 = 4;

/// Makes a license. When it is returned, it is durable.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "license.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(
    service: &Service,
    actor: &Actor,
    license: CreateLicense,
) -> Result<Result<Box<LicenseRecord>, LicenseRefusal>> {
    actor.require(Permission::WriteLicense)?;
    let request = match prepare(service, service.store.read(), actor, license).await? {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut attempts = 1;
    // Another node may have made one of the tags since the batch looked: then the license is made again.
    let mut again = (!request.license.terms.tags.is_empty()).then(|| request.clone());
    let mut next = request;
    loop {
        match service.new_licenses.submit(next).await {
            Err(Error::Database(error)) if is_duplicate(&error) => match again.take() {
                Some(request) if attempts < MAX_ATTEMPTS => {
                    attempts += 1;
                    again = Some(request.clone());
                    next = request;
                }
                // Another node has made a license with this key since the batch looked.
                _ => return Ok(Err(LicenseRefusal::DuplicateKey)),
            },
            outcome => return outcome,
        }
    }
}

/// Makes licenses in one transaction. If `atomic`, the first refusal makes none.
///
/// # Errors
/// As [`create`].
#[tracing::instrument(name = "license.create_many", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create_many(
    service: &Service,
    actor: &Actor,
    licenses: Vec<CreateLicense>,
    atomic: bool,
) -> Result<Vec<Result<Box<LicenseRecord>, LicenseRefusal>>> {
    actor.require(Permission::WriteLicense)?;
    let mut prepared = Vec::with_capacity(licenses.len());
    for license in licenses {
        prepared.push(prepare(service, service.store.read(), actor, license).await?);
    }
    let mut attempts = 1;
    loop {
        match write_many(service, &prepared, atomic).await {
            // Another node has made a license with one of the keys, or one of the tags, since this looked.
            Err(Error::Database(error)) if is_duplicate(&error) && attempts < MAX_ATTEMPTS => attempts += 1,
            outcomes => return outcomes,
        }
    }
}

/// Makes a license within a transaction, whose further statements find it.
///
/// # Errors
/// As [`create`].
pub(crate) async fn create_in(
    service: &Service,
    txn: &mut WriteTxn,
    actor: &Actor,
    license: CreateLicense,
) -> Result<CreateOutcome> {
    actor.require(Permission::WriteLicense)?;
    let request = match prepare(service, txn.conn(), actor, license).await? {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut batch = CreateBatch::load_and_lock(txn, &[&request], &mut ()).await?;
    let outcome = batch.decide(&request, txn)?;
    if outcome.is_ok() {
        batch.stage(txn);
        txn.write_deferred().await?;
    }
    Ok(outcome)
}

async fn write_many(
    service: &Service,
    prepared: &[Result<CreateRequest, LicenseRefusal>],
    atomic: bool,
) -> Result<Vec<CreateOutcome>> {
    let requests: Vec<&CreateRequest> = prepared.iter().filter_map(|request| request.as_ref().ok()).collect();
    let mut txn = service.begin_write().await?;
    let mut batch = CreateBatch::load_and_lock(&txn, &requests, &mut ()).await?;
    let mut outcomes: Vec<CreateOutcome> = Vec::with_capacity(prepared.len());
    for request in prepared {
        outcomes.push(match request {
            Ok(request) => batch.decide(request, &txn)?,
            Err(refusal) => Err(refusal.clone()),
        });
    }
    if atomic && outcomes.iter().any(Result::is_err) {
        return Ok(outcomes);
    }
    if !batch.is_empty() {
        batch.stage(&mut txn);
        txn.commit().await?;
    }
    Ok(outcomes)
}

/// Draws a key if none is given, and seals it, so that the writer need not.
async fn prepare(
    service: &Service,
    db: &impl ConnectionTrait,
    actor: &Actor,
    license: CreateLicense,
) -> Result<Result<CreateRequest, LicenseRefusal>> {
    let id = license.terms.id.unwrap_or_else(|| LicenseId(new_id()));
    let key = if let Some(key) = &license.terms.key {
        key.clone()
    } else {
        let product: products::Model = match scope::product(db, actor.account, license.product).await {
            Err(Error::NotFound) => return Ok(Err(LicenseRefusal::UnknownProduct)),
            product => product?,
        };
        let own = license.terms.template.filter(|own| Some(own.0) != product.template_id);
        let template = match own {
            Some(own) => license_templates::Entity::find_by_id(own.0).one(db).await?,
            None => None,
        };
        match template.filter(|row| row.account_id == actor.account.0) {
            Some(row) => draw_key(&row.key_format, &row.key_prefix, row.rules.as_deref()),
            None if own.is_some() => return Ok(Err(LicenseRefusal::UnknownTemplate)),
            None => draw_key(&product.key_format, &product.key_prefix, product.rules.as_deref()),
        }
    };
    let lookup = key.lookup();
    let digests = service.keys.license_key_digests(lookup.expose().as_bytes());
    let key_sealed = service.keys.seal(Purpose::LicenseKey, id.0, key.expose().as_bytes())?;
    let (actor, trace) = (actor.clone(), trace::current());
    Ok(Ok(CreateRequest { actor, license, id, key, digests, key_sealed, trace }))
}
