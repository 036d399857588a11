//! Issues licenses.

use std::collections::BTreeSet;

use domain::bounded_text::Name;
use domain::event::Event;
use domain::license::{Limit, NewLicense};
use domain::permission::Permission;
use domain::{AccountId, Email, KeyFormat, KeyPrefix, LicenseId, LicenseKey, Timestamp};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _,
    IntoActiveModel as _, QueryFilter as _, Set,
};
use uuid::Uuid;

use crate::secrets::Purpose;
use crate::store::entity::{customer_terms, customers, licenses, products};
use crate::store::{AuditEvent, convert, scope};
use crate::{Actor, Error, Result, Service, new_id, random};

/// Maximum number of licenses per call.
const MAX_COUNT: u32 = 1000;

/// A license that was just issued.
pub struct Issued {
    /// The license's id.
    pub id: LicenseId,
    /// The license key in clear text.
    pub key: LicenseKey,
}

/// Issues licenses: all or none.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist, the count is out
/// of range, or the database fails.
#[tracing::instrument(name = "license.issue", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn issue(service: &Service, actor: &Actor, what: NewLicense) -> Result<Vec<Issued>> {
    actor.require(Permission::WriteLicense)?;
    if !(1..=MAX_COUNT).contains(&what.count) {
        return Err(Error::invalid("count", "The count must be a whole number from 1 to 1,000."));
    }
    let mut txn = service.begin_write().await?;
    let product = scope::product(txn.conn(), actor.account, what.product).await?;
    let now = service.now();
    let customer = if what.customer_name.is_some() || what.customer_email.is_some() {
        let (name, email) = (what.customer_name.as_ref(), what.customer_email.as_ref());
        let id = insert_customer(txn.conn(), actor.account, name, email, now).await?;
        // This call may have added the customer's name.
        txn.invalidate(id);
        Some(id)
    } else {
        None
    };
    let by_default = || convert::validity(&product).map(|validity| now.plus_period(validity));
    let expires_at = what.expires_at.unwrap_or_else(by_default);
    let prefix = KeyPrefix::parse(&product.key_prefix).unwrap_or_default();
    let format = KeyFormat::parse(&product.key_format).unwrap_or_default();
    let mut issued = Vec::with_capacity(what.count as usize);
    for _ in 0..what.count {
        let id = LicenseId(new_id());
        let key = match format {
            KeyFormat::Prefixed => LicenseKey::from_random(&prefix, random::bytes()),
            KeyFormat::Hex => LicenseKey::hex_from_random(random::bytes()),
        };
        new_license_row(service, &product, id, &key, now)?
            .with(customer, what.domain_limit, what.machine_limit, expires_at)
            .insert(txn.conn())
            .await?;
        let mut entry =
            AuditEvent::license(Event::LicenseIssued, id).with_payload("product_id", product.id.to_string());
        entry.product = Some(what.product);
        txn.record(actor, entry.detail(product.name.clone()));
        issued.push(Issued { id, key });
    }
    products::Entity::update_many()
        .col_expr(
            products::Column::LicenseCount,
            Expr::col(products::Column::LicenseCount).add(i64::from(what.count)),
        )
        .filter(products::Column::Id.eq(product.id))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(issued)
}

/// Creates a license's row from the request and the product's defaults.
fn new_license_row(
    service: &Service,
    product: &products::Model,
    id: LicenseId,
    key: &LicenseKey,
    now: Timestamp,
) -> Result<NewLicenseRow> {
    let clear = key.expose().as_bytes();
    Ok(NewLicenseRow(licenses::ActiveModel {
        id: Set(id.0),
        account_id: Set(product.account_id),
        product_id: Set(product.id),
        customer_id: Set(None),
        key_digest: Set(service.keys.digest(Purpose::LicenseKey, clear).to_vec()),
        key_sealed: Set(service.keys.seal(Purpose::LicenseKey, id.0, clear)?),
        last_four: Set(key.last_four()),
        state: Set("active".to_owned()),
        state_at: Set(None),
        state_reason: Set(None),
        domain_limit: Set(product.domain_limit),
        machine_limit: Set(product.machine_limit),
        domains_used: Set(0),
        machines_used: Set(0),
        expires_at: Set(None),
        lapsed_at: Set(None),
        verification_count: Set(0),
        last_verified_at: Set(None),
        created_at: Set(now.millis()),
        updated_at: Set(now.millis()),
        first_activated_at: Set(None),
        deactivations: Set(0),
        meters: Set(None),
    }))
}

struct NewLicenseRow(licenses::ActiveModel);

impl NewLicenseRow {
    fn with(
        self,
        customer: Option<Uuid>,
        domains: Option<Limit>,
        machines: Option<Limit>,
        expires_at: Option<Timestamp>,
    ) -> licenses::ActiveModel {
        let mut row = self.0;
        row.customer_id = Set(customer);
        row.expires_at = Set(expires_at.map(Timestamp::millis));
        if let Some(limit) = domains {
            row.domain_limit = Set(limit.to_storage());
        }
        if let Some(limit) = machines {
            row.machine_limit = Set(limit.to_storage());
        }
        row
    }
}

/// Finds the customer with this address or inserts one. Without an address it always inserts. Adds
/// the name to a customer without one.
async fn insert_customer(
    db: &impl ConnectionTrait,
    account: AccountId,
    name: Option<&Name>,
    email: Option<&Email>,
    now: Timestamp,
) -> Result<Uuid> {
    let fresh = customers::ActiveModel {
        id: Set(new_id()),
        account_id: Set(account.0),
        email: Set(email.map(ToString::to_string)),
        name: Set(name.map(ToString::to_string)),
        created_at: Set(now.millis()),
    };
    let (id, name) = match email {
        None => (fresh.insert(db).await?.id, name.map(ToString::to_string)),
        Some(email) => {
            // Two concurrent requests must not insert the same customer twice.
            let conflict = OnConflict::columns([customers::Column::AccountId, customers::Column::Email])
                .do_nothing()
                .to_owned();
            customers::Entity::insert(fresh).on_conflict(conflict).exec_without_returning(db).await?;
            let found = customers::Entity::find()
                .filter(customers::Column::AccountId.eq(account.0))
                .filter(customers::Column::Email.eq(email.as_str()))
                .one(db)
                .await?
                .ok_or_else(|| Error::Internal("customer not found after insert".into()))?;
            if found.name.is_none() && name.is_some() {
                let mut update = found.into_active_model();
                update.name = Set(name.map(ToString::to_string));
                let updated = update.update(db).await?;
                (updated.id, updated.name)
            } else {
                (found.id, found.name)
            }
        }
    };
    let terms = search_terms(name.as_deref(), email.map(Email::as_str)).into_iter().map(|term| {
        customer_terms::ActiveModel { account_id: Set(account.0), term: Set(term), customer_id: Set(id) }
    });
    let known = OnConflict::new().do_nothing().to_owned();
    customer_terms::Entity::insert_many(terms).on_conflict(known).exec_without_returning(db).await?;
    Ok(id)
}

/// Returns the search terms of a customer: see the migration.
pub(crate) fn search_terms(name: Option<&str>, email: Option<&str>) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    if let Some(name) = name {
        let name = name.to_lowercase();
        terms.extend(name.split_whitespace().map(ToOwned::to_owned));
        terms.insert(name);
    }
    if let Some(email) = email {
        terms.extend(email.rsplit_once('@').map(|(_, host)| host.to_owned()));
        terms.insert(email.to_owned());
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customer_is_found_by_every_word() {
        let found: Vec<String> =
            search_terms(Some("Ada King Lovelace"), Some("ada@acme.com")).into_iter().collect();
        assert_eq!(found, ["acme.com", "ada", "ada king lovelace", "ada@acme.com", "king", "lovelace"]);
    }
}
