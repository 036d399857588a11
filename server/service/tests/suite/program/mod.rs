//! Licenses, templates, trial policies and products of programs: the use cases of the management API.

mod expiry;
mod filters;
mod groups;
mod licenses;
mod lists;
mod own_rules;
mod search;
mod templates;
mod trial_policies;

use domain::license_rules::{ExpiryStart, RuleOverrides};
use domain::{LicenseId, ProductId};
use service::Service;
use service::license::record::LicenseRecord;
use service::license::{CreateLicense, EditLicense, NewTerms, create, edit};

use test_support::Seller;

/// Makes a license of the seller's product.
pub async fn made(service: &Service, seller: &Seller, terms: NewTerms) -> LicenseRecord {
    let new = CreateLicense { product: seller.product.id, terms };
    *create(service, &seller.actor, new)
        .await
        .expect("an outcome")
        .map_err(|refusal| format!("{refusal:?}"))
        .expect("a license")
}

/// Changes a license of the seller.
pub async fn edited(service: &Service, seller: &Seller, id: LicenseId, change: EditLicense) -> LicenseRecord {
    let changed = edit(service, &seller.actor, id, &change).await.expect("an outcome");
    changed.map_err(|refusal| format!("{refusal:?}")).expect("a license")
}

/// Terms with an interval and its start.
pub fn terms_of(interval: &str, start: ExpiryStart) -> NewTerms {
    let rules =
        RuleOverrides { interval: Some(interval.into()), start: Some(start), ..RuleOverrides::default() };
    NewTerms { rules, ..NewTerms::default() }
}

/// Terms of a product that another seller owns.
pub fn of_product(product: ProductId) -> CreateLicense {
    CreateLicense { product, terms: NewTerms::default() }
}
