//! A license in bodies of requests.

use domain::bounded_text::Notes;
use domain::license::{GivenPair, Reason, Visibility};
use domain::license_rules::texts::is_release;
use domain::tag::{MAX_TAGS, TagNames};
use domain::{CustomerId, IssuedKey, LicenseId, LicenseTemplateId, OrganizationId, ProductId};
use service::Error;
use service::license::record::LicenseRecord;
use service::license::{CreateLicense, EchoedEdit, EditLicense, GivenMeter, NewTerms};

use crate::api::management_api::body::{Fields, Given};
use crate::api::management_api::error::{ManagementError, Result};
use crate::api::management_api::rules::{RulesInput, Shown};

/// Most fields of a license.
const MAX_METADATA: usize = 50;
/// Most meters of a license.
const MAX_METERS: usize = 50;

/// Reads a license to make. With `imports` it has its id and times too.
pub(super) fn read_new(mut fields: Fields, imports: bool) -> Result<CreateLicense> {
    fields.alias("licensePolicyId", "licenseTemplateId");
    let product = fields.id("productId")?.value().ok_or_else(|| fields.error("productId", "is required"))?;
    refuse_unsupported(&fields)?;
    let RulesInput { limits, mut rules } = RulesInput::read(&fields, None)?;
    let echoed = read_echoed(&fields)?;
    rules.echoed.additional_users = echoed.additional_users.unwrap_or_default();
    rules.echoed.external_users = echoed.external_users.unwrap_or_default();
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    rules.echoed.entitlement_set = text(echoed.entitlement_set);
    rules.echoed.product_version = text(echoed.product_version);
    rules.echoed.maintenance_policy = text(echoed.maintenance_policy);
    rules.echoed.maintenance_expires_at = echoed.maintenance_expires_at.flatten();
    rules.echoed.current_release = text(echoed.current_release);
    rules.echoed.max_release = text(echoed.max_release);
    let id = if imports { fields.id("id")?.value() } else { None };
    let terms = NewTerms {
        id: id.map(LicenseId),
        created_at: fields.time("createdAt")?,
        updated_at: if imports { fields.time("updatedAt")? } else { None },
        template: fields.id("licenseTemplateId")?.value().map(LicenseTemplateId),
        key: read_key(&fields)?,
        suspended: fields.boolean("suspended")?.unwrap_or_default(),
        revoked: fields.boolean("revoked")?.unwrap_or_default(),
        machine_limit: limits.machines,
        domain_limit: limits.domains,
        rules,
        meters: read_meters(&fields)?,
        expires_at: fields.time("expiresAt")?,
        customer: fields.id("userId")?.value().map(CustomerId),
        metadata: read_metadata(&fields)?,
        notes: read_notes(&fields)?.flatten(),
        organization: fields.id("organizationId")?.value().map(OrganizationId),
        tags: read_tags(&fields)?.unwrap_or_default(),
    };
    Ok(CreateLicense { product: ProductId(product), terms })
}

/// Reads a change of a license that shows `record` now.
pub(super) fn read_change(fields: &Fields, record: &LicenseRecord) -> Result<EditLicense> {
    refuse_unsupported(fields)?;
    let shown = Shown { machine_limit: record.machine_limit, rules: &record.rules };
    refuse_fixed(fields, record)?;
    let RulesInput { limits, rules } = RulesInput::read(fields, Some(shown))?;
    refuse_fixed_rules(fields, record, &rules)?;
    let reason = fields.string("reason", 1..=500)?.value();
    let reason = reason.map(|text| Reason::parse("reason", &text)).transpose();
    Ok(EditLicense {
        key: read_key(fields)?,
        suspended: fields.boolean("suspended")?,
        revoked: fields.boolean("revoked")?,
        reason: reason.map_err(|error| ManagementError::Validation(error.message))?,
        machine_limit: limits.machines,
        domain_limit: limits.domains,
        rules,
        echoed: read_echoed(fields)?,
        customer: fields.id("userId")?.change().map(|id| id.map(CustomerId)),
        metadata: read_metadata(fields)?,
        meters: read_meters(fields)?,
        notes: read_notes(fields)?,
        organization: fields.id("organizationId")?.change().map(|id| id.map(OrganizationId)),
        tags: read_tags(fields)?,
        ..EditLicense::default()
    })
}

/// Refuses values that would promise what the server does not do.
fn refuse_unsupported(fields: &Fields) -> Result<()> {
    if fields.time("effectiveDate")?.is_some() {
        let message = "effectiveDate is not supported. Leave it out.".to_owned();
        return Err(ManagementError::NotSupported(message));
    }
    if fields.string("resellerId", 1..=256)?.value().is_some() {
        let message = "resellerId is not supported, because there are no resellers. Leave it out.".to_owned();
        return Err(ManagementError::NotSupported(message));
    }
    Ok(())
}

/// Refuses a change of ids that cannot be changed.
fn refuse_fixed(fields: &Fields, record: &LicenseRecord) -> Result<()> {
    let ids = [
        ("productId", record.product.0),
        ("licenseTemplateId", record.template.0),
        ("licensePolicyId", record.template.0),
    ];
    for (name, shown) in ids {
        if fields.id(name)?.value().is_some_and(|given| given != shown) {
            return Err(fields.error(name, "can't be changed"));
        }
    }
    Ok(())
}

/// Refuses a change of rules that only a creation sets.
fn refuse_fixed_rules(
    fields: &Fields,
    record: &LicenseRecord,
    given: &domain::license_rules::RuleOverrides,
) -> Result<()> {
    let rules = &record.rules;
    let refused = |name: &str| Err(fields.error(name, "can't be changed"));
    if given.kind.is_some_and(|kind| kind != rules.kind()) {
        return refused("type");
    }
    if given.user_locked.is_some_and(|locked| locked != rules.machines.user_locked) {
        return refused("userLocked");
    }
    let changes_interval = |name: &str, other: &str| fields.has(name) && !fields.has(other);
    let interval = rules.expiry.interval.map(|interval| interval.to_string()).unwrap_or_default();
    if given.interval.as_ref().is_some_and(|given| *given != interval)
        && changes_interval("validity", "subscriptionInterval")
    {
        return refused("validity");
    }
    if given.start.is_some_and(|start| start != rules.expiry.start)
        && changes_interval("expirationStrategy", "subscriptionStartTrigger")
    {
        return refused("expirationStrategy");
    }
    Ok(())
}

fn read_key(fields: &Fields) -> Result<Option<IssuedKey>> {
    let Some(text) = fields.string("key", 1..=1024)?.value() else { return Ok(None) };
    IssuedKey::parse(&text)
        .map(Some)
        .map_err(|message| ManagementError::Validation(format!("The key field is invalid. {message}")))
}

#[allow(clippy::option_option, reason = "not given, removed, or set")]
fn read_notes(fields: &Fields) -> Result<Option<Option<Notes>>> {
    let Some(text) = fields.string("notes", 1..=4096)?.change() else { return Ok(None) };
    let notes = Notes::optional("notes", &text.unwrap_or_default());
    notes.map(Some).map_err(|error| ManagementError::Validation(error.message))
}

fn read_tags(fields: &Fields) -> Result<Option<TagNames>> {
    let Some(names) = fields.strings("tags", MAX_TAGS, 1..=256)?.change_or_default() else {
        return Ok(None);
    };
    let tags = TagNames::parse(names.iter().map(String::as_str)).map_err(Error::from)?;
    Ok(Some(tags))
}

fn read_echoed(fields: &Fields) -> Result<EchoedEdit> {
    let text = |name: &str| Ok::<_, ManagementError>(fields.string(name, 1..=256)?.change_or_default());
    let release = text("maxAllowedReleaseVersion")?;
    if release.as_ref().is_some_and(|release| !release.is_empty() && !is_release(release)) {
        return Err(fields.error("maxAllowedReleaseVersion", "must be a version such as 2.1 or 2.1.0.4"));
    }
    let is_cleared = fields.string("maintenanceExpiresAt", 1..=64).is_ok_and(|given| given == Given::Clear);
    let maintenance = fields.time("maintenanceExpiresAt")?;
    Ok(EchoedEdit {
        additional_users: fields.strings("additionalUserIds", 256, 1..=256)?.change_or_default(),
        external_users: fields.strings("externalUserIds", 256, 1..=256)?.change_or_default(),
        entitlement_set: text("entitlementSetId")?,
        product_version: text("productVersionId")?,
        maintenance_policy: text("maintenancePolicyId")?,
        maintenance_expires_at: if is_cleared { Some(None) } else { maintenance.map(Some) },
        current_release: text("currentReleaseVersion")?,
        max_release: release,
    })
}

/// Reads fields of the seller.
pub(in crate::api::management_api) fn read_metadata(fields: &Fields) -> Result<Vec<GivenPair>> {
    let Some(items) = fields.objects("metadata", MAX_METADATA)?.value() else { return Ok(Vec::new()) };
    let pair = |item: &Fields| {
        Ok(GivenPair {
            key: item.required_string("key", 1..=256)?,
            value: item.scalar_text("value", 1..=4096)?.change_or_default(),
            visibility: read_visibility(item)?,
        })
    };
    items.iter().map(pair).collect()
}

fn read_meters(fields: &Fields) -> Result<Vec<GivenMeter>> {
    let Some(items) = fields.objects("meterAttributes", MAX_METERS)?.value() else { return Ok(Vec::new()) };
    let meter = |item: &Fields| {
        let allowed = item.integer("allowedUses", -1..=domain::meter::MAX_USES)?;
        let allowed = allowed.ok_or_else(|| item.error("allowedUses", "is required"))?;
        Ok(GivenMeter {
            name: item.required_string("name", 1..=256)?,
            allowed: (allowed >= 0).then_some(allowed),
            floating: item.boolean("floating")?,
            visibility: read_visibility(item)?,
        })
    };
    items.iter().map(meter).collect()
}

/// Reads who sees a field: a list of readers, or the older switch of apps.
fn read_visibility(item: &Fields) -> Result<Option<Visibility>> {
    let visible = item.boolean("visible")?;
    if let Some(words) = item.strings("viewPermissions", 16, 1..=64)?.change_or_default() {
        let mut visibility = Visibility::default();
        for word in &words {
            if !visibility.add(word) {
                let known = "must be a list of activation, user, organization, reseller";
                return Err(item.error("viewPermissions", known));
            }
        }
        return Ok(Some(visibility));
    }
    Ok(visible.map(|visible| if visible { Visibility::ACTIVATION } else { Visibility::default() }))
}

/// The key view of a caller.
pub(super) fn key_view(caller: &crate::api::management_api::access::Caller) -> super::object::KeyView {
    if caller.role() == Some(domain::permission::Role::Viewer) {
        super::object::KeyView::Masked
    } else {
        super::object::KeyView::Clear
    }
}
