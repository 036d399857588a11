//! The read model of a trial policy for programs and pages.

use domain::machine::TrialRules;
use domain::{AccountId, Timestamp, TrialAdmission, TrialPolicyId};
use sea_orm::ConnectionTrait;

use super::trial_columns::TrialColumns;
use crate::Result;
use crate::store::entity::trial_policies;
use crate::store::scope;

/// A trial policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialPolicyRecord {
    /// The id.
    pub id: TrialPolicyId,
    /// The name.
    pub name: String,
    /// The length of trials and their number.
    pub rules: TrialRules,
    /// The machines that may start a trial.
    pub admission: TrialAdmission,
    /// The creation.
    pub created_at: Timestamp,
    /// The last change.
    pub updated_at: Timestamp,
}

/// Loads policies of the account in the order of `ids`. Missing ones are left out.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn load_many(
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: &[TrialPolicyId],
) -> Result<Vec<TrialPolicyRecord>> {
    let rows = ids.iter().map(|id| id.0).collect();
    let found = scope::rows_by_ids::<trial_policies::Entity>(db, account, rows, |row| row.account_id).await?;
    let of = |id: &TrialPolicyId| found.iter().find(|row| row.id == id.0).map(record);
    Ok(ids.iter().filter_map(of).collect())
}

/// Makes the record of a row.
pub(crate) fn record(row: &trial_policies::Model) -> TrialPolicyRecord {
    let TrialColumns { rules, admission } = TrialColumns::of_policy(row);
    TrialPolicyRecord {
        id: TrialPolicyId(row.id),
        name: row.name.clone(),
        rules,
        admission,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    }
}
