//! Changes a license template by a form: each rule beside what the form showed.

use domain::bounded_text::BoundedText;
use domain::edit::Edit;
use domain::field_error::FieldErrors;
use domain::license::Limit;
use domain::license_rules::{RuleOverrides, RulesEdit};
use domain::permission::Permission;
use domain::{KeyPattern, LicenseTemplateId};
use sea_orm::sea_query::LockType;

use super::change::TemplateChange;
use super::record::{TemplateRecord, record};
use super::update::change_locked;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// The fields of a template's form; `None` is no field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateEdit {
    /// The name.
    pub name: Edit<BoundedText<256>>,
    /// The pattern of new keys.
    pub key: Option<Edit<KeyPattern>>,
    /// The machine limit.
    pub machine_limit: Option<Edit<Limit>>,
    /// The domain limit.
    pub domain_limit: Option<Edit<Limit>>,
    /// The other rules.
    pub rules: RulesEdit,
    /// Names of fields that a new license must have.
    pub required_metadata: Option<Edit<Vec<String>>>,
    /// Names of meters that a new license gets.
    pub required_meters: Option<Edit<Vec<String>>>,
}

impl TemplateEdit {
    /// Returns the submitted values, for a new template.
    #[must_use]
    pub fn into_new(self) -> TemplateChange {
        TemplateChange {
            name: Some(self.name.new),
            key: self.key.map(|key| key.new),
            machine_limit: self.machine_limit.map(|limit| limit.new),
            domain_limit: self.domain_limit.map(|limit| limit.new),
            rules: self.rules.into_new(),
            required_metadata: self.required_metadata.map(|names| names.new),
            required_meters: self.required_meters.map(|names| names.new),
            ..TemplateChange::default()
        }
    }

    /// Returns the change of the stored template, or what another member has changed since the form was rendered.
    fn merge(self, stored: &TemplateRecord) -> Result<TemplateChange> {
        let mut conflicts = FieldErrors::default();
        let mut rules = RuleOverrides::copy_of(&stored.rules);
        let faults = self.rules.merge(&mut rules).err().unwrap_or_default();
        let name =
            self.name.merge("name", BoundedText::from_storage(stored.name.clone()), ToString::to_string);
        let key = self.key.map(|key| key.merge("key", stored.key.clone(), KeyPattern::short));
        let machine_limit = self
            .machine_limit
            .map(|limit| limit.merge("machine_limit", stored.machine_limit, Limit::to_string));
        let domain_limit =
            self.domain_limit.map(|limit| limit.merge("domain_limit", stored.domain_limit, Limit::to_string));
        let names = |field, edit: Option<Edit<Vec<String>>>, stored: &Vec<String>| {
            edit.map(|edit| edit.merge(field, stored.clone(), |names| names.join(", "))).transpose()
        };
        let metadata = names("required_metadata", self.required_metadata, &stored.required_metadata);
        let meters = names("required_meters", self.required_meters, &stored.required_meters);
        let change = TemplateChange {
            name: conflicts.check(name),
            key: conflicts.check(key.transpose()).flatten(),
            machine_limit: conflicts.check(machine_limit.transpose()).flatten(),
            domain_limit: conflicts.check(domain_limit.transpose()).flatten(),
            rules,
            required_metadata: conflicts.check(metadata).flatten(),
            required_meters: conflicts.check(meters).flatten(),
            ..TemplateChange::default()
        };
        let mut conflicts = conflicts.into_inner();
        conflicts.extend(faults);
        if conflicts.is_empty() { Ok(change) } else { Err(Error::Changed(conflicts)) }
    }
}

/// Changes the rules of a template that differ from those that a form showed. Its products follow.
///
/// # Errors
/// Returns an error if the role lacks the permission, the template does not exist, or the database fails;
/// [`Error::Changed`] if another member has changed the same rule since the form was rendered.
#[tracing::instrument(name = "license_template.edit", skip_all, fields(account = %actor.account, template = %id), err(level = "debug"))]
pub async fn edit(
    service: &Service,
    actor: &Actor,
    id: LicenseTemplateId,
    edit: TemplateEdit,
) -> Result<TemplateRecord> {
    actor.require(Permission::WriteProduct)?;
    let txn = service.begin_write().await?;
    let row = scope::lock_license_template(&txn, actor.account, id, LockType::NoKeyUpdate).await?;
    let change = edit.merge(&record(&row))?;
    change_locked(txn, actor, row, &change).await
}
