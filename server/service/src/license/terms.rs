//! What a program asks for when it makes or changes a license, and the merge with the stored rules.

use domain::bounded_text::Notes;
use domain::edit::Edit;
use domain::license::{GivenPair, Limit, Reason, Visibility};
use domain::license_rules::{OwnMeter, RuleOverrides, RulesEdit};
use domain::meter::{MAX_USES, Meter, Meters};
use domain::tag::TagNames;
use domain::{
    CustomerId, FieldError, IssuedKey, LicenseId, LicenseTemplateId, OrganizationId, ProductId, Timestamp,
};

/// Most meters of a license.
const MAX_METERS: usize = 50;

/// A license to make. `None` follows the template.
#[derive(Clone, Default)]
pub struct NewTerms {
    /// The id and the times of an imported license.
    pub id: Option<LicenseId>,
    /// The creation, from which the interval counts.
    pub created_at: Option<Timestamp>,
    /// The last change.
    pub updated_at: Option<Timestamp>,
    /// The template, if it is not the product's.
    pub template: Option<LicenseTemplateId>,
    /// The key; `None` draws one of the template's pattern.
    pub key: Option<IssuedKey>,
    /// Suspended from the beginning.
    pub suspended: bool,
    /// Revoked from the beginning.
    pub revoked: bool,
    /// The machine limit.
    pub machine_limit: Option<Limit>,
    /// The domain limit.
    pub domain_limit: Option<Limit>,
    /// The rules of its own, without meters.
    pub rules: RuleOverrides,
    /// Meters of its own.
    pub meters: Vec<GivenMeter>,
    /// The expiry; `None` is computed.
    pub expires_at: Option<Timestamp>,
    /// The customer who holds it.
    pub customer: Option<CustomerId>,
    /// Fields of the seller.
    pub metadata: Vec<GivenPair>,
    /// Notes of the seller.
    pub notes: Option<Notes>,
    /// The organization it belongs to.
    pub organization: Option<OrganizationId>,
    /// The tags. Unknown ones are made.
    pub tags: TagNames,
}

/// A license to make, with its product.
#[derive(Clone)]
pub struct CreateLicense {
    /// The product.
    pub product: ProductId,
    /// What it gets.
    pub terms: NewTerms,
}

/// A change of a license; `None` changes nothing.
#[derive(Clone, Default)]
pub struct EditLicense {
    /// A new key. The former key is unknown from then on.
    pub key: Option<IssuedKey>,
    /// Suspends or reinstates.
    pub suspended: Option<bool>,
    /// Revokes, or undoes a revocation.
    pub revoked: Option<bool>,
    /// The reason of a suspension or a revocation.
    pub reason: Option<Reason>,
    /// The machine limit.
    pub machine_limit: Option<Limit>,
    /// The domain limit.
    pub domain_limit: Option<Limit>,
    /// Rules of its own, without meters and echoed fields.
    pub rules: RuleOverrides,
    /// Rules of its own by a form, which also removes them.
    pub rules_edit: RulesEdit,
    /// Fields without an effect.
    pub echoed: EchoedEdit,
    /// The customer; `Some(None)` removes it.
    pub customer: Option<Option<CustomerId>>,
    /// Fields to set; others stay.
    pub metadata: Vec<GivenPair>,
    /// Who sees the fields, by a form.
    pub readers: Option<MetadataReaders>,
    /// Meters to set; others stay.
    pub meters: Vec<GivenMeter>,
    /// The expiry of an imported license.
    pub expires_at: Option<Timestamp>,
    /// Notes; `Some(None)` removes them.
    pub notes: Option<Option<Notes>>,
    /// The organization; `Some(None)` takes the license out of it.
    pub organization: Option<Option<OrganizationId>>,
    /// The tags, in place of those it has. Unknown ones are made.
    pub tags: Option<TagNames>,
}

/// The names of the fields that apps and customers see, each list beside what the form showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataReaders {
    /// The fields that apps see.
    pub apps: Edit<Vec<String>>,
    /// The fields that the customer sees.
    pub customer: Edit<Vec<String>>,
}

/// A change of the fields without an effect; an empty text removes one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EchoedEdit {
    /// Ids of further users.
    pub additional_users: Option<Vec<String>>,
    /// Ids of users in other systems.
    pub external_users: Option<Vec<String>>,
    /// A set of entitlements.
    pub entitlement_set: Option<String>,
    /// A version of the product.
    pub product_version: Option<String>,
    /// A policy of maintenance.
    pub maintenance_policy: Option<String>,
    /// The end of maintenance; `Some(None)` removes it.
    pub maintenance_expires_at: Option<Option<Timestamp>>,
    /// The release in use.
    pub current_release: Option<String>,
    /// The newest release that may be used.
    pub max_release: Option<String>,
}

/// A meter to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenMeter {
    /// The name.
    pub name: String,
    /// Uses allowed; `None` is unlimited.
    pub allowed: Option<i64>,
    /// An activation's uses return when it ends; `None` keeps what is stored.
    pub floating: Option<bool>,
    /// Who sees it; `None` keeps what is stored.
    pub visibility: Option<Visibility>,
}

/// Sets meters of a license. Returns the names of those that changed.
pub(super) fn set_meters(
    rules: &mut RuleOverrides,
    of_product: &Meters,
    given: &[GivenMeter],
    now: Timestamp,
) -> Result<Vec<String>, FieldError> {
    let invalid = |message: &str| FieldError::new("meterAttributes", message);
    let mut changed = Vec::new();
    for meter in given {
        let name = meter.name.trim();
        if name.is_empty() || name.chars().count() > 256 || name.chars().any(char::is_control) {
            return Err(invalid("The name of a meter attribute has 1 to 256 characters."));
        }
        if meter.allowed.is_some_and(|allowed| !(0..=MAX_USES).contains(&allowed)) {
            return Err(invalid("The allowedUses of a meter attribute are -1, or 0 to 1,000,000,000,000."));
        }
        let in_force = rules.meters.merge(of_product.clone());
        let current = in_force.find(name);
        let own = rules.meters.find(name).filter(|own| !own.removed);
        let visibility = own.map_or(Visibility::ACTIVATION, |own| own.visibility);
        let next = Meter {
            name: current.map_or(name, |current| &current.name).to_owned(),
            allowed: meter.allowed,
            floating: meter.floating.unwrap_or_else(|| current.is_some_and(|current| current.floating)),
        };
        let next_visibility = meter.visibility.unwrap_or(visibility);
        if current == Some(&next) && next_visibility == visibility {
            continue;
        }
        changed.push(next.name.clone());
        let own = OwnMeter {
            meter: next,
            visibility: next_visibility,
            created_at: now,
            updated_at: now,
            removed: false,
        };
        rules.meters.set(own);
    }
    if rules.meters.0.len() > MAX_METERS {
        return Err(invalid("A license has at most 50 meter attributes."));
    }
    Ok(changed)
}

/// Sets the fields without an effect. Returns whether one changed.
pub(super) fn set_echoed(rules: &mut RuleOverrides, given: &EchoedEdit) -> bool {
    fn text(stored: &mut Option<String>, given: Option<&String>) {
        if let Some(given) = given {
            *stored = (!given.is_empty()).then(|| given.clone());
        }
    }
    let before = rules.echoed.clone();
    let echoed = &mut rules.echoed;
    if let Some(users) = &given.additional_users {
        echoed.additional_users.clone_from(users);
    }
    if let Some(users) = &given.external_users {
        echoed.external_users.clone_from(users);
    }
    text(&mut echoed.entitlement_set, given.entitlement_set.as_ref());
    text(&mut echoed.product_version, given.product_version.as_ref());
    text(&mut echoed.maintenance_policy, given.maintenance_policy.as_ref());
    text(&mut echoed.current_release, given.current_release.as_ref());
    text(&mut echoed.max_release, given.max_release.as_ref());
    if let Some(at) = given.maintenance_expires_at {
        echoed.maintenance_expires_at = at;
    }
    *echoed != before
}
