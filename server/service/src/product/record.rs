//! The read model of a product for programs.

use std::collections::HashMap;

use domain::{AccountId, LicenseTemplateId, ProductId, Timestamp, TrialPolicyId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::license_template::TemplateRecord;
use crate::license_template::record as template_record;
use crate::signing::PublicKey;
use crate::store::entity::{products, signing_keys};
use crate::store::row_values::{ColumnType, in_rows, row};
use crate::store::{convert, scope};
use crate::trial_policy::TrialPolicyRecord;
use crate::trial_policy::record as policy_record;

/// A product with its template and its public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRecord {
    /// The id.
    pub id: ProductId,
    /// The integer id in the domain API.
    pub number: i64,
    /// The name in URLs.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The name for customers.
    pub display_name: String,
    /// The description.
    pub description: String,
    /// The public key as PEM; `None` until the key is made.
    pub public_key: Option<String>,
    /// Licenses, a maintained count.
    pub licenses: i64,
    /// Trials ever started.
    pub trials: u32,
    /// The template; `None` for a product of an earlier node that has none yet.
    pub template: Option<TemplateRecord>,
    /// The trial policy; `None` for a product without trials.
    pub trial_policy: Option<TrialPolicyRecord>,
    /// Fields of the seller.
    pub metadata: Vec<ProductMetadata>,
    /// The creation.
    pub created_at: Timestamp,
    /// The last change.
    pub updated_at: Timestamp,
}

/// A field of a seller on a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductMetadata {
    /// The id.
    pub id: Uuid,
    /// The name.
    pub key: String,
    /// The value.
    pub value: String,
    /// Who sees it.
    #[serde(default)]
    pub visibility: domain::license::Visibility,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

/// Loads products of the account in the order of `ids`, by a fixed number of statements. Missing ones are left
/// out.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn load_many(
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: &[ProductId],
) -> Result<Vec<ProductRecord>> {
    let rows = ids.iter().map(|id| id.0).collect();
    let found = scope::rows_by_ids::<products::Entity>(db, account, rows, |row| row.account_id).await?;
    let mut found: HashMap<Uuid, products::Model> = found.into_iter().map(|row| (row.id, row)).collect();
    let rows = ids.iter().filter_map(|id| found.remove(&id.0)).collect();
    of_rows(db, account, rows).await
}

/// Makes the records of rows.
pub(crate) async fn of_rows(
    db: &impl ConnectionTrait,
    account: AccountId,
    rows: Vec<products::Model>,
) -> Result<Vec<ProductRecord>> {
    let templates: Vec<_> = rows.iter().filter_map(|row| row.template_id).map(LicenseTemplateId).collect();
    let templates = template_record::load_many(db, account, &templates).await?;
    let templates: HashMap<Uuid, TemplateRecord> =
        templates.into_iter().map(|template| (template.id.0, template)).collect();
    let policies: Vec<_> = rows.iter().filter_map(policy_of).collect();
    let policies = policy_record::load_many(db, account, &policies).await?;
    let policies: HashMap<Uuid, TrialPolicyRecord> =
        policies.into_iter().map(|policy| (policy.id.0, policy)).collect();
    let keys = load_keys(db, &rows).await?;
    let record = |row: products::Model| {
        let trial_policy = policy_of(&row).and_then(|id| policies.get(&id.0).cloned());
        let display_name = if row.display_name.is_empty() { row.name.clone() } else { row.display_name };
        ProductRecord {
            id: ProductId(row.id),
            number: row.number,
            slug: row.slug,
            name: row.name,
            display_name,
            description: row.description,
            public_key: keys.get(&row.id).cloned(),
            licenses: row.license_count,
            trials: convert::to_count(row.trials_used),
            template: row.template_id.and_then(|id| templates.get(&id).cloned()),
            trial_policy,
            metadata: convert::json_or_default(Some(&row.metadata)),
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        }
    };
    Ok(rows.into_iter().map(record).collect())
}

/// Returns the policy of a product. A node of the previous version ends trials by the days alone.
fn policy_of(row: &products::Model) -> Option<TrialPolicyId> {
    row.trial_days.and(row.trial_policy_id).map(TrialPolicyId)
}

/// Loads the public keys that products sign with, as PEM.
async fn load_keys(db: &impl ConnectionTrait, rows: &[products::Model]) -> Result<HashMap<Uuid, String>> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<_> = rows.iter().map(|product| row![product.id]).collect();
    let condition = in_rows(db.get_database_backend(), &[("product_id", ColumnType::Uuid)], &ids)?;
    let found = signing_keys::Entity::find()
        .filter(condition)
        .filter(signing_keys::Column::RetiredAt.is_null())
        .filter(signing_keys::Column::RotatedAt.is_null())
        .order_by_asc(signing_keys::Column::CreatedAt)
        .all(db)
        .await?;
    let mut keys = HashMap::new();
    for row in found {
        keys.insert(row.product_id, PublicKey::parse(&row.public_key)?.pem());
    }
    Ok(keys)
}
