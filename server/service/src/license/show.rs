//! The page of one license.

use data_encoding::BASE64URL_NOPAD;
use domain::activation::Kind;
use domain::license::{Limit, State, standing};
use domain::machine::fingerprint_of;
use domain::meter::{Meter, Meters, Totals};
use domain::permission::Permission;
use domain::view::{ActivationRow, LicenseView, MachineView};
use domain::{AccountId, ActivationId, LicenseId, LicenseKey, ProductId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use uuid::Uuid;

use super::{page_cut, reveal_key};
use crate::secrets::Purpose;
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::{convert, scope};
use crate::unicode_host::{email_to_unicode, to_unicode};
use crate::{Actor, Error, Result, Service, random};

/// Returns the content of a license's page except the timeline.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database
/// fails.
pub async fn show(service: &Service, actor: &Actor, id: LicenseId) -> Result<LicenseView> {
    show_from(service, actor, id, None).await
}

/// Returns the page with the activations that follow the cursor `before`.
///
/// # Errors
/// Same as [`show`].
#[tracing::instrument(name = "license.show", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn show_from(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    before: Option<&str>,
) -> Result<LicenseView> {
    actor.require(Permission::Read)?;
    let db = service.store.read();
    let row = scope::license(db, actor.account, id).await?;
    let masked_key = masked_key(&reveal_key::unseal_key(service, &row)?);
    let state = convert::license_state(&row)?;
    let product = load_product(db, &row).await?;
    let customer = load_customer(db, &row).await?;
    let before = before.and_then(|cursor| open_cursor(service, id, cursor));
    let (activations, more) = load_activations(db, actor.account, id, before).await?;
    let more_activations = more.map(|last| seal_cursor(service, id, last)).transpose()?;
    let may_free = actor.allows(Permission::WriteLicense);
    let expires_at = convert::to_timestamp(row.expires_at);
    let standing = standing(&state, expires_at, service.now());
    let (standing_since, standing_reason) = match state {
        State::Active => (None, None),
        State::Suspended { at, reason } | State::Revoked { at, reason } => {
            (Some(at), reason.map(|r| r.to_string()))
        }
    };
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
        customer_name,
        customer_email,
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
        activations: activations
            .into_iter()
            .map(|row| activation_row(row, may_free))
            .collect::<Result<_>>()?,
        more_activations,
        form_token: random::token(),
    })
}

/// The position after which the next page begins: time of activation in milliseconds, and id.
type PageEnd = (i64, Uuid);

/// Seals the end of a page, because a viewer must not learn the ids of activations.
fn seal_cursor(service: &Service, license: LicenseId, (created_at, id): PageEnd) -> Result<String> {
    let end = [created_at.to_be_bytes().as_slice(), id.as_bytes()].concat();
    let sealed = service.keys.seal(Purpose::PageCursor, license.0, &end)?;
    Ok(BASE64URL_NOPAD.encode(&sealed))
}

/// Opens a cursor. An invalid cursor starts at the newest activation.
fn open_cursor(service: &Service, license: LicenseId, cursor: &str) -> Option<PageEnd> {
    let sealed = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
    let end = service.keys.open(Purpose::PageCursor, license.0, &sealed).ok()?;
    let (created_at, id) = end.split_first_chunk()?;
    Some((i64::from_be_bytes(*created_at), Uuid::from_slice(id).ok()?))
}

async fn load_product(db: &impl ConnectionTrait, license: &licenses::Model) -> Result<products::Model> {
    let product = products::Entity::find_by_id(license.product_id).one(db).await?;
    product.ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))
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

/// Returns a page of activations, the newest first, and the cursor of the next page.
async fn load_activations(
    db: &impl ConnectionTrait,
    account: AccountId,
    license: LicenseId,
    before: Option<PageEnd>,
) -> Result<(Vec<activations::Model>, Option<PageEnd>)> {
    let mut find = activations::Entity::find()
        .filter(activations::Column::AccountId.eq(account.0))
        .filter(activations::Column::LicenseId.eq(license.0));
    if let Some((created_at, id)) = before {
        let position =
            Expr::tuple([Expr::col(activations::Column::CreatedAt), Expr::col(activations::Column::Id)]);
        find = find.filter(position.lt(Expr::tuple([Expr::value(created_at), Expr::value(id)])));
    }
    let mut rows = find
        .order_by_desc(activations::Column::CreatedAt)
        .order_by_desc(activations::Column::Id)
        .limit(page_cut::PAGE_SIZE + 1)
        .all(db)
        .await?;
    let more = page_cut::truncate_to_page_size(&mut rows).map(|row| (row.created_at, row.id));
    Ok((rows, more))
}

fn activation_row(row: activations::Model, may_free: bool) -> Result<ActivationRow> {
    let kind = Kind::from_storage(&row.kind)?;
    let machine = (kind == Kind::Machine).then(|| MachineView {
        hostname: row.hostname.unwrap_or_default(),
        os: row.os.unwrap_or_default(),
        app_version: row.app_version.unwrap_or_default(),
        ip: row.ip,
        last_synced_at: convert::to_timestamp(row.last_synced_at),
        lease_ends: convert::to_timestamp(row.lease_expires_at),
        offline: row.offline_until.is_some(),
        uses: convert::json_or_default(row.meters.as_deref()),
    });
    Ok(ActivationRow {
        id: may_free.then_some(ActivationId(row.id)),
        kind,
        unicode: if kind == Kind::Domain { to_unicode(&row.subject) } else { None },
        subject: fingerprint_of(&row.subject).to_owned(),
        activated_at: Timestamp::from_millis(row.created_at),
        verification_count: row.verification_count,
        last_verified_at: convert::to_timestamp(row.last_verified_at),
        machine,
    })
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

/// Masks a key: `LIC-••••-••••-••••-Q4R6`, only the first and the last group.
fn masked_key(key: &LicenseKey) -> String {
    let groups: Vec<&str> = key.expose().split('-').collect();
    let last = groups.len().saturating_sub(1);
    let shown = groups.iter().enumerate().map(|(i, group)| {
        if i == 0 || i == last { (*group).to_owned() } else { "•".repeat(group.chars().count()) }
    });
    shown.collect::<Vec<_>>().join("-")
}
