//! What a program says of a product, and the rules and fields that it names.

use domain::bounded_text::Name;
use domain::license::{GivenPair, MetadataPair, merge_pairs};
use domain::{LicenseTemplateId, ProductId, Timestamp, TrialPolicyId};
use sea_orm::Set;
use sea_orm::sea_query::LockType;

use crate::product::record::ProductMetadata;
use crate::store::entity::{license_templates, products, trial_policies};
use crate::store::{WriteTxn, scope};
use crate::trial_policy::TrialColumns;
use crate::{Actor, Error, Result, new_id};

/// A product to make or to change; `None` leaves a value.
#[derive(Debug, Clone, Default)]
#[allow(clippy::option_option, reason = "not given, removed, or set")]
pub struct ProductTerms {
    /// The id of an imported product.
    pub id: Option<ProductId>,
    /// The creation of an imported product.
    pub created_at: Option<Timestamp>,
    /// The last change of an imported product.
    pub updated_at: Option<Timestamp>,
    /// The name.
    pub name: Option<Name>,
    /// The name for customers.
    pub display_name: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The template.
    pub template: Option<LicenseTemplateId>,
    /// The trial policy; `Some(None)` ends trials.
    pub trial_policy: Option<Option<TrialPolicyId>>,
    /// Fields to set; others stay.
    pub metadata: Vec<GivenPair>,
}

/// The reason why a product is not made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductRefusal {
    /// The account has no such template.
    UnknownTemplate,
    /// The account has no such trial policy.
    UnknownTrialPolicy,
}

/// Loads the template of a product and locks it.
pub(super) async fn find_template(
    txn: &WriteTxn,
    actor: &Actor,
    id: Option<LicenseTemplateId>,
) -> Result<Result<Option<license_templates::Model>, ProductRefusal>> {
    let Some(id) = id else { return Ok(Ok(None)) };
    // Against a change, which writes the copies of the products that it sees.
    match scope::lock_license_template(txn, actor.account, id, LockType::Share).await {
        Ok(row) => Ok(Ok(Some(row))),
        Err(Error::NotFound) => Ok(Err(ProductRefusal::UnknownTemplate)),
        Err(error) => Err(error),
    }
}

/// Loads the trial policy of a product and locks it.
pub(super) async fn find_policy(
    txn: &WriteTxn,
    actor: &Actor,
    id: Option<TrialPolicyId>,
) -> Result<Result<Option<trial_policies::Model>, ProductRefusal>> {
    let Some(id) = id else { return Ok(Ok(None)) };
    // Against a change, as of a template.
    match scope::lock_trial_policy(txn, actor.account, id, LockType::Share).await {
        Ok(row) => Ok(Ok(Some(row))),
        Err(Error::NotFound) => Ok(Err(ProductRefusal::UnknownTrialPolicy)),
        Err(error) => Err(error),
    }
}

/// Gives a product a trial policy.
pub(super) fn set_policy(row: &mut products::ActiveModel, policy: &trial_policies::Model) {
    TrialColumns::of_policy(policy).write_product(row);
    row.trial_policy_id = Set(Some(policy.id));
}

/// Returns the stored fields with those that are given.
pub(super) fn merge_metadata(
    mut stored: Vec<ProductMetadata>,
    given: &[GivenPair],
    now: Timestamp,
) -> Result<Vec<ProductMetadata>> {
    let pair = |field: &ProductMetadata| MetadataPair {
        key: field.key.clone(),
        value: field.value.clone(),
        visibility: field.visibility,
    };
    let pairs: Vec<_> = stored.iter().map(pair).collect();
    for MetadataPair { key, value, visibility } in merge_pairs(&pairs, given)? {
        if let Some(field) = stored.iter_mut().find(|field| field.key == key) {
            *field = ProductMetadata { value, visibility, updated_at: now, ..field.clone() };
        } else {
            let id = new_id();
            stored.push(ProductMetadata { id, key, value, visibility, created_at: now, updated_at: now });
        }
    }
    Ok(stored)
}
