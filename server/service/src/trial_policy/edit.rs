//! Changes a trial policy by a form: each rule beside what the form showed.

use domain::TrialPolicyId;
use domain::bounded_text::BoundedText;
use domain::edit::Edit;
use domain::field_error::FieldErrors;
use domain::license::Limit;
use domain::machine::Seconds;
use domain::permission::Permission;
use sea_orm::sea_query::LockType;

use super::change::TrialPolicyChange;
use super::record::{TrialPolicyRecord, record};
use super::update::change_locked;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// The fields of a policy's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialPolicyEdit {
    /// The name.
    pub name: Edit<BoundedText<256>>,
    /// The length of a trial.
    pub length: Edit<Seconds>,
    /// The number of machines that may use a trial; `None` if the form does not send it.
    pub limit: Option<Edit<Limit>>,
    /// Virtual machines may start a trial.
    pub allow_vm: Edit<bool>,
    /// Containers may start a trial.
    pub allow_container: Edit<bool>,
}

impl TrialPolicyEdit {
    /// Returns the submitted values, for a new policy.
    #[must_use]
    pub fn into_new(self) -> TrialPolicyChange {
        TrialPolicyChange {
            name: Some(self.name.new),
            length: Some(self.length.new),
            limit: self.limit.map(|limit| limit.new),
            allow_vm: Some(self.allow_vm.new),
            allow_container: Some(self.allow_container.new),
            ..TrialPolicyChange::default()
        }
    }

    /// Returns the change of the stored policy, or what another member has changed since the form was rendered.
    fn merge(self, stored: &TrialPolicyRecord) -> Result<TrialPolicyChange> {
        let mut conflicts = FieldErrors::default();
        let switch = |on: &bool| if *on { "allowed" } else { "not allowed" }.to_owned();
        let (rules, admission) = (stored.rules, &stored.admission);
        let name =
            self.name.merge("name", BoundedText::from_storage(stored.name.clone()), ToString::to_string);
        let length = self.length.merge("trial_days", rules.length, |length| length.label());
        let limit = self.limit.map(|limit| limit.merge("trial_limit", rules.limit, Limit::to_string));
        let allow_vm = self.allow_vm.merge("allow_vm", admission.allow_vm, switch);
        let allow_container =
            self.allow_container.merge("allow_container", admission.allow_container, switch);
        let change = TrialPolicyChange {
            name: conflicts.check(name),
            length: conflicts.check(length),
            limit: conflicts.check(limit.transpose()).flatten(),
            allow_vm: conflicts.check(allow_vm),
            allow_container: conflicts.check(allow_container),
            ..TrialPolicyChange::default()
        };
        let conflicts = conflicts.into_inner();
        if conflicts.is_empty() { Ok(change) } else { Err(Error::Changed(conflicts)) }
    }
}

/// Changes the rules of a policy that differ from those that a form showed. Its products follow.
///
/// # Errors
/// Returns an error if the role lacks the permission, the policy does not exist, or the database fails;
/// [`Error::Changed`] if another member has changed the same rule since the form was rendered.
#[tracing::instrument(name = "trial_policy.edit", skip_all, fields(account = %actor.account, policy = %id), err(level = "debug"))]
pub async fn edit(
    service: &Service,
    actor: &Actor,
    id: TrialPolicyId,
    edit: TrialPolicyEdit,
) -> Result<TrialPolicyRecord> {
    actor.require(Permission::WriteProduct)?;
    let txn = service.begin_write().await?;
    let row = scope::lock_trial_policy(&txn, actor.account, id, LockType::NoKeyUpdate).await?;
    let change = edit.merge(&record(&row))?;
    change_locked(txn, actor, row, &change).await
}
