//! The page on which a seller gives a license rules of its own.

use domain::license::{Limit, standing};
use domain::license_rules::RuleOverrides;
use domain::permission::Permission;
use domain::view::{LicenseRulesView, rule_texts};
use domain::{LicenseId, ProductId};

use crate::store::{convert, scope};
use crate::{Actor, Result, Service};

/// Returns the rules of a license and those of its product, as forms write them.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database fails.
#[tracing::instrument(name = "license.show_rules", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn show_rules(service: &Service, actor: &Actor, id: LicenseId) -> Result<LicenseRulesView> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = scope::license(db, actor.account, id).await?;
    let product = scope::product(db, actor.account, ProductId(row.product_id)).await?;
    let of_product = convert::rules_of_product(&product);
    let own = RuleOverrides::from_storage(row.rules.as_deref());
    let expires_at = convert::to_timestamp(row.expires_at);
    Ok(LicenseRulesView {
        id,
        standing: standing(&convert::license_state(&row)?, expires_at, service.now()),
        product_id: ProductId(row.product_id),
        product: product.name,
        machine_limit: Limit::from_storage(row.machine_limit),
        domain_limit: Limit::from_storage(row.domain_limit),
        kind: own.merge(of_product.clone()).kind(),
        of_product: rule_texts(&RuleOverrides::copy_of(&of_product)),
        own: rule_texts(&own),
    })
}
