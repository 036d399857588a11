//! Prepares notices before the transaction that queues them.

use std::collections::HashMap;

use domain::activation_notice::{Notice, notice_of_day};
use domain::mail::MailKind;
use domain::mail_template::{Values, Variable};
use domain::time::DAY_MS;
use domain::{AccountId, LicenseId, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::entries::Entry;
use super::subject::activated_subjects;
use crate::mail::texts::minute;
use crate::store::entity::{licenses, mails, products};
use crate::store::row_values::{self, ColumnType, Columns, RowValues, row};
use crate::{Result, Service};

/// Age in milliseconds from which on an activation is not announced any more: mail was off meanwhile.
const MAX_AGE_MS: i64 = DAY_MS;

const ID: Columns = &[("id", ColumnType::Uuid)];

/// A notice to the customer of a license.
pub(super) struct Announcement {
    pub license: LicenseId,
    pub customer: Uuid,
    pub product: String,
    pub values: Values,
}

/// Returns the notices of activations, in their order. Activations that are not announced are left out.
pub(super) async fn announcements(
    service: &Service,
    account: AccountId,
    activations: &[Entry],
) -> Result<Vec<Announcement>> {
    let since = service.now().plus_millis(-MAX_AGE_MS).millis();
    let entries: Vec<&Entry> = activations.iter().filter(|entry| entry.created_at >= since).collect();
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let licenses = find_licenses(service, account, &entries).await?;
    let products = product_names(service, account, &licenses).await?;
    let subjects = activated_subjects(service, account, &entries).await?;
    let mut sent_today = count_of_day(service, &licenses).await?;
    let mut announcements = Vec::new();
    for entry in entries {
        let Some(license) = entry.license_id.and_then(|id| licenses.get(&id)) else { continue };
        let Some(customer) = license.customer_id else { continue };
        let Some(product) = products.get(&license.product_id) else { continue };
        let Some(subject) = subjects.get(&entry.id) else { continue };
        let sent = sent_today.entry(license.id).or_default();
        let Some(notice) = notice_of_day(*sent) else { continue };
        *sent += 1;
        let activated = match notice {
            Notice::Single => subject.clone(),
            Notice::WithFurther => format!("{subject}, and further activations today"),
        };
        let values = Values::default()
            .with(Variable::Activated, activated)
            .with(Variable::ActivatedAt, minute(Timestamp::from_millis(entry.created_at)))
            .with(Variable::KeyEnding, license.last_four.clone());
        let license = LicenseId(license.id);
        announcements.push(Announcement { license, customer, product: product.clone(), values });
    }
    Ok(announcements)
}

/// Loads the licenses of entries. The account is compared afterwards: in the condition it could make a planner
/// read all of its licenses.
async fn find_licenses(
    service: &Service,
    account: AccountId,
    entries: &[&Entry],
) -> Result<HashMap<Uuid, licenses::Model>> {
    let ids = id_rows(entries.iter().filter_map(|entry| entry.license_id));
    let find = licenses::Entity::find().filter(row_values::in_rows(service.store.backend(), ID, &ids)?);
    let found = find.all(service.store.read()).await?.into_iter();
    Ok(found.filter(|row| row.account_id == account.0).map(|row| (row.id, row)).collect())
}

/// Returns the names of the products of licenses.
async fn product_names(
    service: &Service,
    account: AccountId,
    licenses: &HashMap<Uuid, licenses::Model>,
) -> Result<HashMap<Uuid, String>> {
    let ids = id_rows(licenses.values().map(|license| license.product_id));
    let names: Vec<(Uuid, String)> = products::Entity::find()
        .select_only()
        .columns([products::Column::Id, products::Column::Name])
        .filter(row_values::in_rows(service.store.backend(), ID, &ids)?)
        .filter(products::Column::AccountId.eq(account.0))
        .into_tuple()
        .all(service.store.read())
        .await?;
    Ok(names.into_iter().collect())
}

/// Returns the number of notices about each license since the start of the day, in UTC. No other node adds
/// some until these are queued: it would change the stored position.
async fn count_of_day(
    service: &Service,
    licenses: &HashMap<Uuid, licenses::Model>,
) -> Result<HashMap<Uuid, u64>> {
    if licenses.is_empty() {
        return Ok(HashMap::new());
    }
    let start = Timestamp::from_day(service.now().day());
    let sent: Vec<Option<Uuid>> = mails::Entity::find()
        .select_only()
        .column(mails::Column::ObjectId)
        .filter(mails::Column::ObjectId.is_in(licenses.keys().copied()))
        .filter(mails::Column::Kind.eq(MailKind::ActivationNotice.as_str()))
        .filter(mails::Column::CreatedAt.gte(start.millis()))
        .into_tuple()
        .all(service.store.read())
        .await?;
    let mut counts: HashMap<Uuid, u64> = HashMap::new();
    for license in sent.into_iter().flatten() {
        *counts.entry(license).or_default() += 1;
    }
    Ok(counts)
}

/// Returns a row for each different id.
fn id_rows(ids: impl Iterator<Item = Uuid>) -> Vec<RowValues> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| row![id]).collect()
}
