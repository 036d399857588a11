//! The pages of license templates.

use domain::filter::{ListRequest, ListSort};
use domain::license_rules::RulesInForce;
use domain::machine::Seconds;
use domain::view::{LicenseTemplatePage, LicenseTemplateRow};
use domain::{LicenseTemplateId, Period};

use super::list::{list, products_of, show};
use super::record::TemplateRecord;
use crate::{Actor, Result, Service};

/// Templates on the page.
const ROWS_ON_PAGE: u64 = 200;

/// Returns the templates of the account, the newest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn list_page(service: &Service, actor: &Actor) -> Result<Vec<LicenseTemplateRow>> {
    let request = ListRequest {
        page: 1,
        limit: ROWS_ON_PAGE,
        sort: ListSort { field: "createdAt", descending: true },
        after: None,
        search: None,
        count: false,
        filters: Vec::new(),
    };
    let row = |record: TemplateRecord| LicenseTemplateRow {
        id: record.id,
        kind: record.rules.kind().as_str().to_owned(),
        machine_limit: record.machine_limit.to_string(),
        interval: record.rules.expiry.interval.map(Period::label).unwrap_or_default(),
        created_at: record.created_at,
        name: record.name,
    };
    Ok(list(service, actor, &request).await?.items.into_iter().map(row).collect())
}

/// Returns a template with its products.
///
/// # Errors
/// Returns an error if the role lacks the permission, the template does not exist, or the database fails.
pub async fn show_page(
    service: &Service,
    actor: &Actor,
    id: LicenseTemplateId,
) -> Result<LicenseTemplatePage> {
    let record = show(service, actor, id).await?;
    let products = products_of(service, actor, id).await?;
    Ok(LicenseTemplatePage { id, rules: rules(&record), name: record.name, products })
}

/// The rules in words.
fn rules(record: &TemplateRecord) -> Vec<(String, String)> {
    let RulesInForce { machines, rules, expiry } = &record.rules;
    let duration = |time: Option<Seconds>| time.map_or_else(|| "none".to_owned(), Seconds::label);
    let switch = |on: bool| if on { "yes" } else { "no" }.to_owned();
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let interval = expiry.interval.map_or_else(|| "none".to_owned(), Period::label);
    [
        ("Type", record.rules.kind().as_str().to_owned()),
        ("Machines", record.machine_limit.to_string()),
        ("Domains", record.domain_limit.to_string()),
        ("Validity", interval),
        ("Validity begins", expiry.start.label().to_owned()),
        ("Key pattern", record.key.to_string()),
        ("Virtual machines", switch(machines.allow_vm)),
        ("Containers", switch(machines.allow_container)),
        ("A slot for each user", switch(machines.user_locked)),
        ("Deactivations", machines.deactivations.to_string()),
        ("Sync interval", duration(machines.sync.interval)),
        ("Sync grace", duration(machines.sync.grace)),
        ("Lease", duration(record.rules.lease_duration())),
        (
            "Clock offset",
            if rules.clock_offset < 0 { "any".to_owned() } else { format!("{} s", rules.clock_offset) },
        ),
        ("Required metadata", list(&record.required_metadata)),
        ("Required meters", list(&record.required_meters)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
