//! The columns of trials that policies and products have alike.

use domain::TrialAdmission;
use domain::license::Limit;
use domain::machine::{Seconds, TrialRules};
use sea_orm::{ColumnTrait as _, Condition, Set};
use uuid::Uuid;

use crate::store::convert;
use crate::store::entity::{products, trial_policies};

/// The values of the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrialColumns {
    pub rules: TrialRules,
    pub admission: TrialAdmission,
}

impl TrialColumns {
    /// Returns those of a policy.
    pub fn of_policy(row: &trial_policies::Model) -> Self {
        let length = Seconds::from_storage(row.trial_length);
        Self {
            rules: TrialRules { length, limit: Limit::from_storage(row.trial_limit) },
            admission: TrialAdmission::from_storage(&row.admission).unwrap_or_default(),
        }
    }

    /// Returns those of a product; `None` if it allows no trials.
    pub fn of_product(row: &products::Model) -> Option<Self> {
        let rules = convert::trial_rules(row)?;
        Some(Self { rules, admission: convert::trial_admission(row) })
    }

    /// Writes the columns of a policy.
    pub fn write_policy(&self, row: &mut trial_policies::ActiveModel) {
        row.trial_length = Set(self.rules.length.to_storage());
        row.trial_limit = Set(self.rules.limit.to_storage());
        row.admission = Set(self.admission.to_storage());
    }

    /// Writes the columns of a product.
    pub fn write_product(&self, row: &mut products::ActiveModel) {
        convert::set_trial_rules(row, Some(self.rules));
        row.trial_admission = Set(Some(self.admission.to_storage()));
    }
}

/// Writes the columns of a product without trials.
pub(crate) fn clear_product(row: &mut products::ActiveModel) {
    convert::set_trial_rules(row, None);
    row.trial_policy_id = Set(None);
    row.trial_admission = Set(None);
}

/// Returns the condition of products that use a policy. A node of the previous version ends trials by the days alone.
pub(super) fn uses(policy: Uuid) -> Condition {
    Condition::all()
        .add(products::Column::TrialPolicyId.eq(policy))
        .add(products::Column::TrialDays.is_not_null())
}
