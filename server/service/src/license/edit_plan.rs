//! What an edit changes on a license, decided before anything is written.

use domain::license::{Limit, MetadataPair, State, merge_pairs};
use domain::license_rules::{RuleOverrides, RulesInForce, StartOfExpiry};
use domain::meter::Meters;
use domain::permission::Permission;
use domain::tag::TagNames;
use domain::{CustomerId, IssuedKey, LicenseId, OrganizationId, ProductId, Timestamp};
use sea_orm::sea_query::LockType;
use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::refusal::LicenseRefusal;
use super::rule_changes::rule_changes;
use super::terms::{self, EditLicense};
use super::{metadata_rows, notes, readers};
use crate::activation::lookup::has_key;
use crate::store::entity::{customers, license_metadata, licenses};
use crate::store::{Changes, WriteTxn, convert, scope};
use crate::{Actor, Error, Result, Service, tag};

/// What an edit changes, decided before anything is written.
#[allow(clippy::option_option, reason = "not given, removed, or set")]
pub(super) struct Plan {
    pub now: Timestamp,
    pub state: Option<State>,
    pub key: Option<IssuedKey>,
    pub machine_limit: Option<Limit>,
    pub domain_limit: Option<Limit>,
    pub rules: RuleOverrides,
    pub changed_rules: Vec<String>,
    pub rule_changes: Changes,
    pub echoed: bool,
    pub expiry: Option<StartOfExpiry>,
    pub moved_expiry: Option<Timestamp>,
    pub customer: Option<Option<CustomerId>>,
    pub stored_pairs: Vec<license_metadata::Model>,
    pub pairs: Vec<MetadataPair>,
    pub notes: Option<Option<String>>,
    pub had_notes: bool,
    pub organization: Option<Option<OrganizationId>>,
    pub tags: Option<TagNames>,
}

/// Decides what a change alters on a locked license.
pub(super) async fn plan(
    service: &Service,
    txn: &WriteTxn,
    actor: &Actor,
    row: &licenses::Model,
    change: &EditLicense,
    customers: &[customers::Model],
) -> Result<Result<Plan, LicenseRefusal>> {
    let (id, now) = (LicenseId(row.id), txn.now());
    let state = convert::license_state(row)?;
    let next = state.switched(change.suspended, change.revoked, now, change.reason.clone());
    let was_revoked = matches!(state, State::Revoked { .. });
    let is_revoked = matches!(next, State::Revoked { .. });
    if was_revoked && !is_revoked {
        actor.require(Permission::UndoRevocation)?;
    }
    let product = scope::product(txn.conn(), actor.account, ProductId(row.product_id)).await?;
    let of_product = convert::rules_of_product(&product);
    let product_meters: Meters = convert::json_or_default(Some(&product.meters));
    let former_rules = RuleOverrides::from_storage(row.rules.as_deref());
    let mut rules = former_rules.clone();
    let mut names = rules.apply(&change.rules, &of_product);
    names.extend(change.rules_edit.clone().merge(&mut rules).map_err(Error::Changed)?);
    let mut changed_rules: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    match terms::set_meters(&mut rules, &product_meters, &change.meters, now) {
        Ok(meters) => changed_rules.extend(meters.into_iter().map(|name| format!("meter {name}"))),
        Err(error) => return Ok(Err(error.into())),
    }
    let echoed = terms::set_echoed(&mut rules, &change.echoed);
    let rule_changes = rule_changes(&former_rules, &rules, &of_product, &product_meters);
    let expiry = names.iter().any(|name| is_interval(name)).then(|| changed_expiry(row, &rules, of_product));
    let moved_expiry = change.expires_at.filter(|at| Some(*at) != expiry_after(row, expiry));
    let limit = |given: Option<Limit>, stored: Option<i32>| {
        given.filter(|given| *given != Limit::from_storage(stored))
    };
    let machine_limit = limit(change.machine_limit, row.machine_limit);
    let domain_limit = limit(change.domain_limit, row.domain_limit);
    let stored_key = service.keys.open_license_key(row.id, &row.key_sealed)?;
    let key = change.key.clone().filter(|key| *key != stored_key);
    let changes_terms =
        !changed_rules.is_empty() || machine_limit.is_some() || domain_limit.is_some() || key.is_some();
    if is_revoked && (changes_terms || (was_revoked && moved_expiry.is_some())) {
        return Ok(Err(LicenseRefusal::Revoked));
    }
    if let Some(key) = &key
        && key.lookup() != stored_key.lookup()
        && is_key_taken(service, txn, key).await?
    {
        return Ok(Err(LicenseRefusal::DuplicateKey));
    }
    let customer = change.customer.filter(|holder| holder.map(|id| id.0) != row.customer_id);
    if let Some(Some(holder)) = customer
        && !customers.iter().any(|row| row.id == holder.0)
    {
        return Ok(Err(LicenseRefusal::UnknownCustomer));
    }
    let organization = change.organization.filter(|new| new.map(|id| id.0) != row.organization_id);
    if let Some(Some(new)) = organization
        && scope::lock_organizations(txn, actor.account, vec![new.0], LockType::KeyShare).await?.is_empty()
    {
        return Ok(Err(LicenseRefusal::UnknownOrganization));
    }
    let stored_pairs = metadata_rows::load(txn.conn(), id).await?;
    let stored: Vec<_> = stored_pairs.iter().map(metadata_rows::pair).collect();
    let mut given = match &change.readers {
        Some(readers) => readers::with_readers(&stored, readers.clone())?,
        None => Vec::new(),
    };
    given.extend_from_slice(&change.metadata);
    let pairs = match merge_pairs(&stored, &given) {
        Ok(pairs) => pairs,
        Err(error) => return Ok(Err(error.into())),
    };
    let (notes, had_notes) = match &change.notes {
        Some(given) => {
            let given = given.as_ref().map(ToString::to_string);
            let stored = notes::load(txn.conn(), id).await?;
            ((given != stored).then_some(given), stored.is_some())
        }
        None => (None, false),
    };
    let tags = changed_tags(txn, row.id, change.tags.as_ref()).await?;
    Ok(Ok(Plan {
        now,
        state: (next != state).then_some(next),
        key,
        machine_limit,
        domain_limit,
        rules,
        changed_rules,
        rule_changes,
        echoed,
        expiry,
        moved_expiry,
        customer,
        stored_pairs,
        pairs,
        notes,
        had_notes,
        organization,
        tags,
    }))
}

impl Plan {
    /// Returns whether of the rules only the interval and what starts it change.
    pub fn changes_interval_alone(&self) -> bool {
        self.expiry.is_some() && !self.echoed && self.changed_rules.iter().all(|name| is_interval(name))
    }

    /// Returns whether anything is written.
    pub fn has_changes(&self) -> bool {
        self.state.is_some()
            || self.key.is_some()
            || self.machine_limit.is_some()
            || self.domain_limit.is_some()
            || !self.changed_rules.is_empty()
            || self.echoed
            || self.moved_expiry.is_some()
            || self.customer.is_some()
            || !self.pairs.is_empty()
            || self.notes.is_some()
            || self.organization.is_some()
            || self.tags.is_some()
    }
}

/// Returns whether a rule is of the interval.
fn is_interval(name: &str) -> bool {
    ["interval", "start of the interval"].contains(&name)
}

fn changed_expiry(row: &licenses::Model, rules: &RuleOverrides, of_product: RulesInForce) -> StartOfExpiry {
    let current = StartOfExpiry {
        expires_at: convert::to_timestamp(row.expires_at),
        pending: row.pending_interval.as_deref().and_then(|text| text.parse().ok()),
    };
    let activated = convert::to_timestamp(row.first_activated_at);
    rules.merge(of_product).expiry.change(current, Timestamp::from_millis(row.created_at), activated)
}

/// Returns the expiry after a change of the interval; `None` leaves it as it is.
pub(super) fn expiry_after(row: &licenses::Model, changed: Option<StartOfExpiry>) -> Option<Timestamp> {
    changed.map_or_else(|| convert::to_timestamp(row.expires_at), |changed| changed.expires_at)
}

/// Returns the given tags if they differ from the stored ones.
async fn changed_tags(txn: &WriteTxn, license: Uuid, given: Option<&TagNames>) -> Result<Option<TagNames>> {
    let Some(given) = given else { return Ok(None) };
    let stored = tag::names_of_licenses(txn.conn(), [license]).await?.remove(&license);
    Ok((!given.matches(&stored.unwrap_or_default())).then(|| given.clone()))
}

/// Returns whether a license has this key. Another node may give it to one meanwhile: then the write fails.
async fn is_key_taken(service: &Service, txn: &WriteTxn, key: &IssuedKey) -> Result<bool> {
    let digests = service.keys.license_key_digests(key.lookup().expose().as_bytes());
    let found: Option<Uuid> = licenses::Entity::find()
        .select_only()
        .column(licenses::Column::Id)
        .filter(has_key(&digests))
        .into_tuple()
        .one(txn.conn())
        .await?;
    Ok(found.is_some())
}
