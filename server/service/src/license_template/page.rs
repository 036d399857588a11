//! The pages of license templates.

use domain::filter::{ListRequest, ListSort};
use domain::license::Limit;
use domain::license_rules::{RuleOverrides, RulesInForce};
use domain::view::{LicenseTemplatePage, LicenseTemplateRow, TemplateTexts, rule_texts};
use domain::{KeyPattern, LicenseTemplateId, Period};

use super::create::defaults;
use super::list::{list, products_of, show};
use super::record::TemplateRecord;
use super::rule_columns::RuleColumns;
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
    let of_rules = texts(&record.key, record.machine_limit, record.domain_limit, &record.rules);
    let texts = TemplateTexts {
        required_metadata: record.required_metadata.join("\n"),
        required_meters: record.required_meters.join("\n"),
        ..of_rules
    };
    Ok(LicenseTemplatePage { id, rules: rules(&record), texts, name: record.name, products })
}

/// Returns the rules of a template of which only the name is given, for the form of a new one.
#[must_use]
pub fn new_texts() -> TemplateTexts {
    let RuleColumns { domain_limit, machine_limit, key, rules } = defaults();
    texts(&key, machine_limit, domain_limit, &rules)
}

fn texts(key: &KeyPattern, machines: Limit, domains: Limit, rules: &RulesInForce) -> TemplateTexts {
    TemplateTexts {
        key: key.short(),
        machine_limit: machines.to_string(),
        domain_limit: domains.to_string(),
        rules: rule_texts(&RuleOverrides::copy_of(rules)),
        ..TemplateTexts::default()
    }
}

/// The rules in words.
fn rules(record: &TemplateRecord) -> Vec<(String, String)> {
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let mut lines = vec![
        ("Machines".to_owned(), record.machine_limit.to_string()),
        ("Domains".to_owned(), record.domain_limit.to_string()),
        ("Key pattern".to_owned(), record.key.to_string()),
    ];
    let in_force = RuleOverrides::default().in_words(&record.rules);
    lines.extend(in_force.into_iter().map(|line| (line.label, line.text)));
    lines.push(("Required metadata".to_owned(), list(&record.required_metadata)));
    lines.push(("Required meters".to_owned(), list(&record.required_meters)));
    lines
}
