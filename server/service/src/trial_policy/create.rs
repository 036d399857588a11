//! Makes a trial policy.

use domain::TrialAdmission;
use domain::event::Event;
use domain::license::Limit;
use domain::machine::TrialRules;
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, Set};

use super::change::TrialPolicyChange;
use super::event::policy_event;
use super::record::{TrialPolicyRecord, record};
use super::trial_columns::TrialColumns;
use crate::store::entity::trial_policies;
use crate::{Actor, Error, Result, Service, new_id};

/// Makes a policy. All but its name and length has a default.
///
/// # Errors
/// Returns an error if the role lacks the permission, the name or the length is missing, or the database fails.
#[tracing::instrument(name = "trial_policy.create", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn create(service: &Service, actor: &Actor, new: &TrialPolicyChange) -> Result<TrialPolicyRecord> {
    actor.require(Permission::WriteProduct)?;
    let name = new.name.as_ref().ok_or_else(|| Error::invalid("name", "The name is required."))?;
    let length = new.length.ok_or_else(|| Error::invalid("length", "The length of trials is required."))?;
    let mut txn = service.begin_write().await?;
    let now = txn.now().millis();
    let mut row = trial_policies::ActiveModel {
        id: Set(new_id()),
        account_id: Set(actor.account.0),
        name: Set(name.to_string()),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let rules = TrialRules { length, limit: Limit::UNLIMITED };
    new.apply(&TrialColumns { rules, admission: TrialAdmission::default() }).write_policy(&mut row);
    let row = row.insert(txn.conn()).await?;
    txn.record(actor, policy_event(Event::TrialPolicyCreated, &row));
    txn.commit().await?;
    Ok(record(&row))
}
