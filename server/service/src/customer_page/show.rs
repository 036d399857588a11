//! A license on the customer's page.

use domain::activation::Kind;
use domain::customer_release::ReleaseAllowance;
use domain::license::{Limit, standing};
use domain::view::{ActivationCursors, OwnLicense, OwnLicenseView};
use domain::{AccountId, CustomerId, CustomerOffline, CustomerRelease, LicenseId, ProductId, Timestamp};
use sea_orm::ConnectionTrait;

use super::free::allowance;
use super::scope;
use super::session::{CustomerSession, Holder};
use crate::license::load_activation_page;
use crate::store::convert;
use crate::store::entity::{licenses, products};
use crate::{Error, Result, Service};

/// Returns a license of the session with its domains and machines that follow the cursors `before`. Without
/// an id, the license whose key opened the page.
///
/// A page that a key opened has the lists only if the product's rule lets customers free: the app holds the
/// key, and its users need not learn where else the license is used. Ids of activations are there while they
/// can be freed.
///
/// # Errors
/// Returns [`Error::NotFound`] if the session does not open the license, or does not any more, or another
/// [`Error`] if the database fails.
#[tracing::instrument(name = "customer_page.show", skip_all, err(level = "debug"))]
pub async fn show(
    service: &Service,
    session: &CustomerSession,
    id: Option<LicenseId>,
    before: &ActivationCursors,
) -> Result<OwnLicenseView> {
    let id = match (&session.holder, id) {
        (_, Some(id)) => id,
        (Holder::Key { license, .. } | Holder::FormerKey { license, .. }, None) => *license,
        (Holder::Address { .. }, None) => return Err(Error::NotFound),
    };
    let db = service.store.read();
    let row = scope::license(db, session, id, service.now()).await?;
    // A key is known to all users of the app: it does not tell that the customer was here.
    if let Some(customer) = row.customer_id.filter(|_| session.is_of_address()) {
        service.access.visits.note(CustomerId(customer), service.now());
    }
    let product = crate::store::scope::product(db, session.account, ProductId(row.product_id)).await?;
    let rule = CustomerRelease::from_storage(product.customer_release_days);
    let allowance = allowance(&product, &row, service.now());
    let may_free = allowance == ReleaseAllowance::Now && !product.apps_stopped;
    let (mut domains, mut machines) = (None, None);
    if session.is_of_address() || rule != CustomerRelease::Never {
        let load = |kind, before| load_activation_page(service, session.account, may_free, id, kind, before);
        domains = Some(load(Kind::Domain, before.domains.as_deref()).await?);
        machines = Some(load(Kind::Machine, before.machines.as_deref()).await?);
    }
    let license = own_license(&row, &product, service.now())?;
    let has_address = session.is_of_address() || has_address(db, &row).await?;
    // The holder of a former key must not learn the present one.
    let last_four = session.is_of_address().then_some(row.last_four);
    let offline = CustomerOffline::from_storage(product.customer_offline_days);
    Ok(OwnLicenseView { license, last_four, rule, allowance, offline, has_address, domains, machines })
}

/// Returns whether the license has a customer with an address. The address itself is not for holders of a key.
async fn has_address(db: &impl ConnectionTrait, row: &licenses::Model) -> Result<bool> {
    let Some(customer) = row.customer_id else { return Ok(false) };
    let customer = crate::store::scope::customer(db, AccountId(row.account_id), CustomerId(customer)).await?;
    Ok(customer.email.is_some())
}

/// Returns what both pages show of a license.
pub(super) fn own_license(
    row: &licenses::Model,
    product: &products::Model,
    now: Timestamp,
) -> Result<OwnLicense> {
    let state = convert::state_for_apps(convert::license_state(row)?, product.apps_stopped);
    let expires_at = convert::to_timestamp(row.expires_at);
    Ok(OwnLicense {
        id: LicenseId(row.id),
        product: product.name.clone(),
        standing: standing(&state, expires_at, now),
        expires_at,
        domains_used: convert::to_count(row.domains_used),
        domain_limit: Limit::from_storage(row.domain_limit),
        machines_used: convert::to_count(row.machines_used),
        machine_limit: Limit::from_storage(row.machine_limit),
    })
}
