//! The read model of a license template for programs and pages.

use domain::license::Limit;
use domain::license_rules::RulesInForce;
use domain::{AccountId, KeyPattern, LicenseTemplateId, Timestamp};
use sea_orm::ConnectionTrait;

use super::rule_columns::RuleColumns;
use crate::Result;
use crate::store::entity::license_templates;
use crate::store::{convert, scope};

/// A license template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateRecord {
    /// The id.
    pub id: LicenseTemplateId,
    /// The name.
    pub name: String,
    /// The pattern of new keys.
    pub key: KeyPattern,
    /// The machine limit.
    pub machine_limit: Limit,
    /// The domain limit.
    pub domain_limit: Limit,
    /// The other rules.
    pub rules: RulesInForce,
    /// Names of fields that a new license must have.
    pub required_metadata: Vec<String>,
    /// Names of meters that a new license gets.
    pub required_meters: Vec<String>,
    /// The creation.
    pub created_at: Timestamp,
    /// The last change.
    pub updated_at: Timestamp,
}

/// Loads templates of the account in the order of `ids`. Missing ones are left out.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn load_many(
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: &[LicenseTemplateId],
) -> Result<Vec<TemplateRecord>> {
    let rows = ids.iter().map(|id| id.0).collect();
    let found =
        scope::rows_by_ids::<license_templates::Entity>(db, account, rows, |row| row.account_id).await?;
    let of = |id: &LicenseTemplateId| found.iter().find(|row| row.id == id.0).map(record);
    Ok(ids.iter().filter_map(of).collect())
}

/// Makes the record of a row.
pub(crate) fn record(row: &license_templates::Model) -> TemplateRecord {
    let RuleColumns { domain_limit, machine_limit, key, rules } = RuleColumns::of_template(row);
    TemplateRecord {
        id: LicenseTemplateId(row.id),
        name: row.name.clone(),
        key,
        machine_limit,
        domain_limit,
        rules,
        required_metadata: convert::json_or_default(Some(&row.required_metadata)),
        required_meters: convert::json_or_default(Some(&row.required_meters)),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    }
}
