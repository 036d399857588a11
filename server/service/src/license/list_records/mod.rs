//! Lists of licenses for programs: any filters, in one of four orders, at constant cost.
//!
//! A [`search`], or a condition that names few licenses, such as a key, comes first ([`candidates`]). Otherwise the
//! list scans an index in its order, and applies the other conditions to at most 10,000 licenses. A page that needs
//! more asks the program for a narrower filter.

mod candidates;
mod columns;
mod export;
mod limits;
mod lookup;
mod of_template;
mod own;
mod page;
mod search;

use domain::filter::{ListPage, ListRequest};
use domain::permission::Permission;
use domain::{LicenseId, LicenseKey};

use super::record::{self, LicenseRecord};
use crate::activation::lookup as key_digests;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

pub use export::{RecordExport, export_records};
pub use own::list_own_records;

/// Returns a page of the account's licenses.
///
/// # Errors
/// Returns an error if the role lacks the permission, the filters are too wide, or the database fails.
#[tracing::instrument(name = "license.list_records", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_records(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<LicenseRecord>> {
    actor.require(Permission::Read)?;
    let ListPage { items, has_more, total } = page::load_ids(service, actor, request).await?;
    let items = record::load_many(&service.keys, service.store.read(), actor.account, &items).await?;
    Ok(ListPage { items, has_more, total })
}

/// Returns the record of a license.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database fails.
#[tracing::instrument(name = "license.show_record", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn show_record(service: &Service, actor: &Actor, id: LicenseId) -> Result<LicenseRecord> {
    actor.require(Permission::Read)?;
    record::load_one(&service.keys, service.store.read(), actor.account, id).await
}

/// Returns the records of licenses; missing ones are left out.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn show_records(service: &Service, actor: &Actor, ids: &[LicenseId]) -> Result<Vec<LicenseRecord>> {
    actor.require(Permission::Read)?;
    record::load_many(&service.keys, service.store.read(), actor.account, ids).await
}

/// Returns the id of a license: the text is an id or a key, in any spelling of case.
///
/// # Errors
/// [`Error::NotFound`] if the account has no such license. Also returns an error if the role lacks the permission
/// or the database fails.
pub async fn find_by_key_or_id(service: &Service, actor: &Actor, text: &str) -> Result<LicenseId> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    if let Ok(id) = text.parse::<LicenseId>() {
        match scope::license(db, actor.account, id).await {
            // A key may have the form of an id.
            Err(Error::NotFound) => {}
            found => return found.map(|row| LicenseId(row.id)),
        }
    }
    let key = LicenseKey::parse(text).map_err(|_| Error::NotFound)?;
    let digests = key_digests::digests(&service.keys, &key).ok_or(Error::NotFound)?;
    let found = key_digests::find_by_digests(db, &digests).await?;
    found.filter(|row| row.account_id == actor.account.0).map(|row| LicenseId(row.id)).ok_or(Error::NotFound)
}
