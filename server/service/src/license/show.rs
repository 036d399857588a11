//! The page of one license.

use domain::activation::Kind;
use domain::license::{Limit, State, standing};
use domain::license_rules::RuleOverrides;
use domain::meter::{Meter, Meters, Totals};
use domain::permission::Permission;
use domain::view::{ActivationCursors, LicenseView};
use domain::{AccountId, CustomerId, LicenseId, OrganizationId, ProductId, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait as _};

use super::{activation_page, former_keys, metadata, notes, refused, reveal_key};
use crate::store::entity::{customers, licenses, products};
use crate::store::{convert, scope};
use crate::unicode_host::email_to_unicode;
use crate::{Actor, Error, Result, Service, organization, random, tag};

/// Returns the content of a license's page except the timeline.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database
/// fails.
pub async fn show(service: &Service, actor: &Actor, id: LicenseId) -> Result<LicenseView> {
    show_from(service, actor, id, &ActivationCursors::default()).await
}

/// Returns the page with the activations that follow the cursors `before`.
///
/// # Errors
/// Same as [`show`].
#[tracing::instrument(name = "license.show", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn show_from(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    before: &ActivationCursors,
) -> Result<LicenseView> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = scope::license(db, actor.account, id).await?;
    let masked_key = reveal_key::unseal_key(service, &row)?.masked();
    let state = convert::license_state(&row)?;
    let product = load_product(db, &row).await?;
    let customer = load_customer(db, &row).await?;
    let ActivationCursors { domains, machines } = before;
    let (account, may_free) = (actor.account, actor.allows(Permission::WriteLicense));
    let load = |kind, before| activation_page::load_page(service, account, may_free, id, kind, before);
    let domains = load(Kind::Domain, domains.as_deref()).await?;
    let machines = load(Kind::Machine, machines.as_deref()).await?;
    let expires_at = convert::to_timestamp(row.expires_at);
    let standing = standing(&state, expires_at, service.now());
    let (standing_since, standing_reason) = match state {
        State::Active => (None, None),
        State::Suspended { at, reason } | State::Revoked { at, reason } => {
            (Some(at), reason.map(|r| r.to_string()))
        }
    };
    let rules_of_product = convert::rules_of_product(&product);
    let (metadata, metadata_readers) = metadata::load_with_readers(db, id).await?;
    let (customer_name, customer_email) =
        customer.map_or((None, None), |c| (c.name, c.email.map(email_to_unicode)));
    Ok(LicenseView {
        id,
        masked_key,
        standing,
        standing_since,
        standing_reason,
        product_id: ProductId(row.product_id),
        product: product.name,
        customer_id: row.customer_id.map(CustomerId),
        customer_name,
        customer_email,
        organization: load_organization(db, actor.account, &row).await?,
        tags: tag::names_of_licenses(db, [row.id]).await?.remove(&row.id).unwrap_or_default(),
        domains_used: convert::to_count(row.domains_used),
        domain_limit: Limit::from_storage(row.domain_limit),
        machines_used: convert::to_count(row.machines_used),
        machine_limit: Limit::from_storage(row.machine_limit),
        expires_at,
        created_at: Timestamp::from_millis(row.created_at),
        deactivations: convert::to_count(row.deactivations),
        meters: meter_totals(&product.meters, row.meters.as_deref()),
        verification_count: row.verification_count,
        last_verified_at: convert::to_timestamp(row.last_verified_at),
        domains,
        machines,
        refused: refused::load(db, &row, standing).await?,
        notes: notes::load(db, id).await?,
        metadata,
        metadata_readers,
        rules: RuleOverrides::from_storage(row.rules.as_deref()).in_words(&rules_of_product),
        former_keys: former_keys::load(db, id, service.now()).await?,
        form_token: random::token(),
    })
}

async fn load_product(db: &impl ConnectionTrait, license: &licenses::Model) -> Result<products::Model> {
    let product = products::Entity::find_by_id(license.product_id).one(db).await?;
    product.ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))
}

async fn load_organization(
    db: &impl ConnectionTrait,
    account: AccountId,
    license: &licenses::Model,
) -> Result<Option<(OrganizationId, String)>> {
    let found = organization::record::load_many(db, account, license.organization_id).await?;
    Ok(found.into_values().next().map(|found| (found.id, found.organization.name.to_string())))
}

async fn load_customer(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
) -> Result<Option<customers::Model>> {
    match license.customer_id {
        Some(customer) => Ok(customers::Entity::find_by_id(customer).one(db).await?),
        None => Ok(None),
    }
}

/// Returns the uses of each meter of the product.
fn meter_totals(defined: &str, totals: Option<&str>) -> Vec<(String, i64, Option<i64>)> {
    let (defined, totals): (Meters, Totals) =
        (convert::json_or_default(Some(defined)), convert::json_or_default(totals));
    let line = |meter: &Meter| {
        let used = totals.get(&meter.id()).map_or(0, |total| total.total);
        (meter.name.clone(), used, meter.allowed)
    };
    defined.all().iter().map(line).collect()
}
