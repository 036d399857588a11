//! The pages of license templates.

use domain::filter::{ListRequest, ListSort};
use domain::license::Limit;
use domain::license_rules::{RuleOverrides, RulesInForce};
use domain::view::{
    LicenseTemplateList, LicenseTemplateMenu, LicenseTemplatePage, LicenseTemplateRow, TemplateTexts,
    rule_texts,
};
use domain::{KeyPattern, LicenseTemplateId, Period};

use super::create::defaults;
use super::list::{list, products_of, show};
use super::record::TemplateRecord;
use super::rule_columns::RuleColumns;
use crate::{Actor, Error, Result, Service};

/// Templates on a page of the list.
const ROWS_ON_PAGE: u64 = 50;
/// Templates that a menu offers: more would make the page long.
const MENU_OPTIONS: u64 = 100;

/// Returns the templates of the account that are older than `before`, the newest first.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn list_page(
    service: &Service,
    actor: &Actor,
    before: Option<LicenseTemplateId>,
) -> Result<LicenseTemplateList> {
    let newest = ListRequest::first(ROWS_ON_PAGE, ListSort { field: "createdAt", descending: true });
    let request = ListRequest { after: before.map(|id| id.0), ..newest.clone() };
    let listed = list(service, actor, &request).await;
    let page = match listed {
        // The template was deleted after its link was rendered.
        Err(Error::Invalid(_)) if before.is_some() => list(service, actor, &newest).await?,
        listed => listed?,
    };
    let older = page.items.last().filter(|_| page.has_more).map(|record| record.id);
    let row = |record: TemplateRecord| LicenseTemplateRow {
        id: record.id,
        kind: record.rules.kind().as_str().to_owned(),
        machine_limit: record.machine_limit.to_string(),
        interval: record.rules.expiry.interval.map(Period::label).unwrap_or_default(),
        created_at: record.created_at,
        name: record.name,
    };
    Ok(LicenseTemplateList { templates: page.items.into_iter().map(row).collect(), older })
}

/// Returns the first templates by name, of those whose name has the words of a search.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn menu(service: &Service, actor: &Actor, search: Option<String>) -> Result<LicenseTemplateMenu> {
    let first = ListRequest::first(MENU_OPTIONS, ListSort { field: "name", descending: false });
    let page = list(service, actor, &ListRequest { search, ..first }).await?;
    let option = |record: TemplateRecord| (record.id.to_string(), record.name);
    Ok(LicenseTemplateMenu { options: page.items.into_iter().map(option).collect(), has_more: page.has_more })
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
