//! Issues licenses.

use domain::event::Event;
use domain::license::{Limit, NewLicense};
use domain::license_rules::{LicenseRules, StartOfExpiry};
use domain::permission::Permission;
use domain::{IssuedKey, KeyFormat, KeyPrefix, LicenseId, LicenseKey, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, Set};
use uuid::Uuid;

use super::key_mail::queue_keys;
use crate::secrets::Purpose;
use crate::store::entity::{licenses, products};
use crate::store::{AuditEvent, WriteTxn, convert, scope};
use crate::{Actor, Error, Result, Service, customer, form_token, new_id, random};

/// Maximum number of licenses per call.
const MAX_COUNT: u32 = 1000;

/// Licenses inserted by one statement, far below the limits of parameters (32,766 on SQLite).
const ROWS_PER_INSERT: usize = 50;

/// A license that was just issued.
pub struct Issued {
    /// The license's id.
    pub id: LicenseId,
    /// The license key in clear text.
    pub key: LicenseKey,
}

/// Issues licenses: all or none. A form token that was used before issues none.
///
/// # Errors
/// Returns an error if the role lacks the permission, the product does not exist or is archived, the count
/// is out of range, or the database fails; [`Error::OtherName`] if the customer has another name. If keys are
/// to be sent by mail: an error if the actor may not reveal them, the customer has no address, or mail is
/// off.
#[tracing::instrument(name = "license.issue", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn issue(service: &Service, actor: &Actor, what: NewLicense) -> Result<Vec<Issued>> {
    actor.require(Permission::WriteLicense)?;
    if !(1..=MAX_COUNT).contains(&what.count) {
        return Err(Error::invalid("count", "The count must be a whole number from 1 to 1,000."));
    }
    if what.sends_keys {
        actor.require(Permission::RevealKey)?;
        service.mailer()?;
    }
    let mut txn = service.begin_write().await?;
    let product = scope::product(txn.conn(), actor.account, what.product).await?;
    convert::availability(&product).ensure_issuable()?;
    if let Some(token) = &what.form_token
        && !form_token::mark_used(&txn, actor, token).await?
    {
        return Ok(Vec::new());
    }
    let now = service.now();
    let customer = if what.customer_name.is_some() || what.customer_email.is_some() {
        let (name, email) = (what.customer_name.as_ref(), what.customer_email.as_ref());
        Some(customer::find_or_insert(&mut txn, actor, name, email, what.name_choice).await?)
    } else {
        None
    };
    let holder = customer.as_ref().map(|customer| customer.id);
    let by_default = || convert::rules_of_product(&product).expiry.at_creation(now);
    let given = |expires_at| StartOfExpiry { expires_at, pending: None };
    let expiry = what.expires_at.map_or_else(by_default, given);
    let mut issued = Vec::with_capacity(what.count as usize);
    let mut rows = Vec::with_capacity(what.count as usize);
    for _ in 0..what.count {
        let id = LicenseId(new_id());
        let key = new_key(&product);
        let row = new_license_row(service, &product, id, &key, now)?;
        let key = key.lookup();
        rows.push(row.with(holder, what.domain_limit, what.machine_limit, expiry));
        let mut entry =
            AuditEvent::license(Event::LicenseIssued, id).with_payload("product_id", product.id.to_string());
        entry.product = Some(what.product);
        txn.record(actor, entry.detail(product.name.clone()));
        issued.push(Issued { id, key });
    }
    while !rows.is_empty() {
        let some = rows.drain(..rows.len().min(ROWS_PER_INSERT)).collect::<Vec<_>>();
        licenses::Entity::insert_many(some).exec_without_returning(txn.conn()).await?;
    }
    count_issued(&txn, &product, what.count).await?;
    if what.sends_keys {
        let without_address = || Error::invalid("customer_email", "Enter the address to send the key to.");
        let customer = customer.as_ref().ok_or_else(without_address)?;
        let keys = issued.iter().map(|license| (license.id, license.key.expose().to_owned())).collect();
        queue_keys(&mut txn, &service.keys, actor, &product.name, customer, keys).await?;
    }
    txn.commit().await?;
    Ok(issued)
}

/// Draws a new key of the product's pattern.
pub(crate) fn new_key(product: &products::Model) -> IssuedKey {
    draw_key(&product.key_format, &product.key_prefix, product.rules.as_deref())
}

/// Draws a new key of a pattern, given as the stored columns of a product or a template.
pub(crate) fn draw_key(format: &str, prefix: &str, rules: Option<&str>) -> IssuedKey {
    if let Some(pattern) = LicenseRules::from_storage(rules).key_pattern {
        return pattern.generate(|| u64::from_le_bytes(random::bytes()));
    }
    match KeyFormat::parse(format).unwrap_or_default() {
        KeyFormat::Prefixed => {
            let prefix = KeyPrefix::parse(prefix).unwrap_or_default();
            LicenseKey::from_random(&prefix, random::bytes()).into()
        }
        KeyFormat::Hex => LicenseKey::hex_from_random(random::bytes()).into(),
    }
}

/// Adds to the product's count. The update checks again that the product is not archived, because another
/// transaction may have archived it since.
pub(crate) async fn count_issued(txn: &WriteTxn, product: &products::Model, count: u32) -> Result<()> {
    let license_count = products::Column::LicenseCount;
    let counted = products::Entity::update_many()
        .col_expr(license_count, Expr::col(license_count).add(i64::from(count)))
        .filter(products::Column::Id.eq(product.id))
        .filter(products::Column::ArchivedAt.is_null())
        .exec(txn.conn())
        .await?;
    if counted.rows_affected == 0 {
        let archived = convert::availability(product).archive(txn.now());
        return Ok(archived.map_err(Error::from)?.ensure_issuable()?);
    }
    Ok(())
}

/// Creates a license's row from the request and the product's defaults.
fn new_license_row(
    service: &Service,
    product: &products::Model,
    id: LicenseId,
    key: &IssuedKey,
    now: Timestamp,
) -> Result<NewLicenseRow> {
    let lookup = key.lookup();
    Ok(NewLicenseRow(licenses::ActiveModel {
        id: Set(id.0),
        account_id: Set(product.account_id),
        product_id: Set(product.id),
        customer_id: Set(None),
        key_digest: Set(service.keys.digest(Purpose::LicenseKey, lookup.expose().as_bytes()).to_vec()),
        key_sealed: Set(service.keys.seal(Purpose::LicenseKey, id.0, key.expose().as_bytes())?),
        last_four: Set(lookup.last_four()),
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
        marked_unused_at: Set(None),
        released_use_at: Set(None),
        customer_released_at: Set(None),
        rules: Set(None),
        pending_interval: Set(None),
        template_id: Set(None),
        visible_metadata: Set(None),
        organization_id: Set(None),
    }))
}

struct NewLicenseRow(licenses::ActiveModel);

impl NewLicenseRow {
    fn with(
        self,
        customer: Option<Uuid>,
        domains: Option<Limit>,
        machines: Option<Limit>,
        expiry: StartOfExpiry,
    ) -> licenses::ActiveModel {
        let mut row = self.0;
        row.customer_id = Set(customer);
        row.expires_at = Set(expiry.expires_at.map(Timestamp::millis));
        row.pending_interval = Set(expiry.pending.map(|interval| interval.to_string()));
        if let Some(limit) = domains {
            row.domain_limit = Set(limit.to_storage());
        }
        if let Some(limit) = machines {
            row.machine_limit = Set(limit.to_storage());
        }
        row
    }
}
