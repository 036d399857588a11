//! The rows of a license that a program makes: its terms over those of its template and product.

use domain::Timestamp;
use domain::license::{GivenPair, Limit, State, merge_pairs};
use domain::license_rules::{RuleOverrides, StartOfExpiry};

use super::create_request::CreateRequest;
use super::metadata_values::{metadata_row, visible_metadata};
use super::refusal::LicenseRefusal;
use super::terms;
use crate::store::convert;
use crate::store::entity::{license_metadata, license_templates, licenses, products};
use crate::store::row_values::{ColumnType, Columns, RowValues, row};

/// The columns of a new license.
pub(super) const LICENSE_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("account_id", ColumnType::Uuid),
    ("product_id", ColumnType::Uuid),
    ("customer_id", ColumnType::Uuid),
    ("key_digest", ColumnType::Bytes),
    ("key_sealed", ColumnType::Bytes),
    ("last_four", ColumnType::Text),
    ("state", ColumnType::Text),
    ("state_at", ColumnType::Int),
    ("domain_limit", ColumnType::Int),
    ("machine_limit", ColumnType::Int),
    ("expires_at", ColumnType::Int),
    ("created_at", ColumnType::Int),
    ("updated_at", ColumnType::Int),
    ("rules", ColumnType::Text),
    ("pending_interval", ColumnType::Text),
    ("template_id", ColumnType::Uuid),
    ("visible_metadata", ColumnType::Text),
    ("organization_id", ColumnType::Uuid),
];

/// The rows of a new license.
pub(super) struct NewLicense {
    pub license: licenses::Model,
    pub metadata: Vec<license_metadata::Model>,
    pub notes: Option<String>,
    /// The ids of its own meters.
    pub meters: Vec<String>,
}

/// Decides the rows of a new license of a product, and of a template if it has one of its own.
pub(super) fn new_license(
    request: &CreateRequest,
    product: &products::Model,
    template: Option<&license_templates::Model>,
    has_own_template: bool,
    now: Timestamp,
) -> Result<NewLicense, LicenseRefusal> {
    let terms = &request.license.terms;
    let of_product = convert::rules_of_product(product);
    let mut rules = match template {
        Some(template) if has_own_template => RuleOverrides::copy_of(&convert::rules_of_template(template)),
        _ => RuleOverrides::default(),
    };
    rules.set_own(&terms.rules);
    rules.echoed.clone_from(&terms.rules.echoed);
    let created = terms.created_at.unwrap_or(now);
    let product_meters = convert::json_or_default(Some(&product.meters));
    terms::set_meters(&mut rules, &product_meters, &terms.meters, created)?;
    if let Some(template) = template {
        require_metadata(template, &terms.metadata)?;
        let required: Vec<String> = convert::json_or_default(Some(&template.required_meters));
        let in_force = rules.meters.merge(product_meters.clone());
        let missing: Vec<_> = required
            .into_iter()
            .filter(|name| in_force.find(name).is_none())
            .map(|name| terms::GivenMeter { name, allowed: None, floating: None, visibility: None })
            .collect();
        terms::set_meters(&mut rules, &product_meters, &missing, created)?;
    }
    let expiry = rules.merge(of_product).expiry.at_creation(created);
    let expiry = match terms.expires_at {
        Some(at) => StartOfExpiry { expires_at: Some(at), pending: None },
        None => expiry,
    };
    let pairs = merge_pairs(&[], &terms.metadata)?;
    let (account, id) = (request.actor.account.0, request.id.0);
    let metadata: Vec<_> = pairs.iter().map(|pair| metadata_row(account, id, pair, now)).collect();
    let state = State::Active.switched(Some(terms.suspended), Some(terms.revoked), now, None);
    let (machine_limit, domain_limit) = match template {
        Some(template) if has_own_template => (template.machine_limit, template.domain_limit),
        _ => (product.machine_limit, product.domain_limit),
    };
    let lookup = request.key.lookup();
    let license = licenses::Model {
        id,
        account_id: account,
        product_id: product.id,
        customer_id: terms.customer.map(|customer| customer.0),
        key_digest: request.digests.primary.to_vec(),
        key_sealed: request.key_sealed.clone(),
        last_four: lookup.last_four(),
        state: state.as_str().to_owned(),
        state_at: (state.as_str() != "active").then(|| now.millis()),
        state_reason: None,
        domain_limit: terms.domain_limit.map_or(domain_limit, Limit::to_storage),
        machine_limit: terms.machine_limit.map_or(machine_limit, Limit::to_storage),
        domains_used: 0,
        machines_used: 0,
        expires_at: expiry.expires_at.map(Timestamp::millis),
        lapsed_at: None,
        verification_count: 0,
        last_verified_at: None,
        created_at: created.millis(),
        updated_at: terms.updated_at.unwrap_or(created).millis(),
        first_activated_at: None,
        deactivations: 0,
        meters: None,
        marked_unused_at: None,
        released_use_at: None,
        customer_released_at: None,
        pending_interval: expiry.pending.map(|interval| interval.to_string()),
        template_id: terms.template.filter(|_| has_own_template).map(|template| template.0),
        visible_metadata: visible_metadata(&metadata),
        organization_id: terms.organization.map(|organization| organization.0),
        rules: rules.to_storage(),
    };
    let meters = rules.meters.0.iter().map(|own| own.meter.id()).collect();
    Ok(NewLicense { license, metadata, notes: terms.notes.as_ref().map(ToString::to_string), meters })
}

fn require_metadata(template: &license_templates::Model, given: &[GivenPair]) -> Result<(), LicenseRefusal> {
    let required: Vec<String> = convert::json_or_default(Some(&template.required_metadata));
    let is_given = |name: &String| given.iter().any(|pair| pair.key.eq_ignore_ascii_case(name));
    match required.into_iter().find(|name| !is_given(name)) {
        Some(name) => Err(LicenseRefusal::MissingMetadata(name)),
        None => Ok(()),
    }
}

/// Returns the values of [`LICENSE_COLUMNS`].
pub(super) fn license_values(license: &licenses::Model) -> RowValues {
    row![
        license.id,
        license.account_id,
        license.product_id,
        license.customer_id,
        license.key_digest.clone(),
        license.key_sealed.clone(),
        license.last_four.clone(),
        license.state.clone(),
        license.state_at,
        license.domain_limit.map(i64::from),
        license.machine_limit.map(i64::from),
        license.expires_at,
        license.created_at,
        license.updated_at,
        license.rules.clone(),
        license.pending_interval.clone(),
        license.template_id,
        license.visible_metadata.clone(),
        license.organization_id,
    ]
}
