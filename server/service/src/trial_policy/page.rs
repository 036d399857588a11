//! The pages of trial policies, and the choice of a product.

use domain::TrialPolicyId;
use domain::filter::{ListRequest, ListSort};
use domain::license_rules::IpRange;
use domain::view::{TrialPolicyList, TrialPolicyMenu, TrialPolicyOption, TrialPolicyPage, TrialPolicyRow};

use super::list::{list, products_of, show};
use super::record::TrialPolicyRecord;
use crate::{Actor, Error, Result, Service};

/// Policies on a page of the list.
const ROWS_ON_PAGE: u64 = 50;
/// Policies that a product's form offers: a page of 40,000 bytes holds so many.
const OPTIONS: u64 = 50;

/// Returns the policies of the account that are older than `before`, the newest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn list_page(
    service: &Service,
    actor: &Actor,
    before: Option<TrialPolicyId>,
) -> Result<TrialPolicyList> {
    let newest = ListRequest::first(ROWS_ON_PAGE, ListSort { field: "createdAt", descending: true });
    let request = ListRequest { after: before.map(|id| id.0), ..newest.clone() };
    let listed = list(service, actor, &request).await;
    let page = match listed {
        // The policy was deleted after its link was rendered.
        Err(Error::Invalid(_)) if before.is_some() => list(service, actor, &newest).await?,
        listed => listed?,
    };
    let older = page.items.last().filter(|_| page.has_more).map(|record| record.id);
    let row = |record: TrialPolicyRecord| TrialPolicyRow {
        id: record.id,
        length: record.rules.label(),
        limit: record.rules.limit.to_string(),
        created_at: record.created_at,
        name: record.name,
    };
    Ok(TrialPolicyList { policies: page.items.into_iter().map(row).collect(), older })
}

/// Returns policies that a product may choose, by name, and among them the one that it has: of those whose name has the
/// words of a search.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn menu(
    service: &Service,
    actor: &Actor,
    present: Option<&TrialPolicyRecord>,
    search: Option<String>,
) -> Result<TrialPolicyMenu> {
    let first = ListRequest::first(OPTIONS, ListSort { field: "name", descending: false });
    let page = list(service, actor, &ListRequest { search, ..first }).await?;
    let has_more = page.has_more;
    let mut records = page.items;
    if let Some(present) = present
        && records.iter().all(|record| record.id != present.id)
    {
        records.push(present.clone());
    }
    let option = |record: TrialPolicyRecord| TrialPolicyOption {
        id: record.id,
        label: format!("{} ({})", record.name, record.rules.label()),
    };
    Ok(TrialPolicyMenu { options: records.into_iter().map(option).collect(), has_more })
}

/// Returns a policy with its products.
///
/// # Errors
/// Returns an error if the role lacks the permission, the policy does not exist, or the database fails.
pub async fn show_page(service: &Service, actor: &Actor, id: TrialPolicyId) -> Result<TrialPolicyPage> {
    let record = show(service, actor, id).await?;
    let products = products_of(service, actor, id).await?;
    Ok(TrialPolicyPage {
        id,
        length: record.rules.label(),
        limit: record.rules.limit.slots().map(|slots| slots.to_string()).unwrap_or_default(),
        allow_vm: record.admission.allow_vm,
        allow_container: record.admission.allow_container,
        rules: rules(&record),
        name: record.name,
        products,
    })
}

/// The rules in words.
fn rules(record: &TrialPolicyRecord) -> Vec<(String, String)> {
    let switch = |on: bool| if on { "yes" } else { "no" }.to_owned();
    let list = |ranges: &[IpRange]| {
        let texts: Vec<&str> = ranges.iter().map(IpRange::as_str).collect();
        if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
    };
    let admission = &record.admission;
    let addresses = &admission.addresses;
    [
        ("Length", record.rules.label()),
        ("Machines", record.rules.limit.to_string()),
        ("Virtual machines", switch(admission.allow_vm)),
        ("Containers", switch(admission.allow_container)),
        ("A trial for each user", switch(admission.user_locked)),
        ("Fingerprints", admission.fingerprint_matching.as_str().to_owned()),
        ("Addresses are kept", switch(!admission.discards_addresses)),
        ("Allowed ranges", list(&addresses.ranges)),
        ("Allowed addresses", list(&addresses.addresses)),
        ("Refused addresses", list(&addresses.denied)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
