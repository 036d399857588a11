//! The lists of a license's domains and machines, in pages.

use data_encoding::BASE64URL_NOPAD;
use domain::activation::Kind;
use domain::machine::fingerprint_of;
use domain::view::{ActivationPage, ActivationRow, MachineView};
use domain::{AccountId, ActivationId, LicenseId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::page_cut;
use crate::secrets::Purpose;
use crate::store::convert;
use crate::store::entity::activations;
use crate::unicode_host::to_unicode;
use crate::{Result, Service};

/// Returns the page of a license's domains or machines that follows a sealed cursor. Rows have their ids if
/// `may_free`. The caller must have found the license in the account.
pub(crate) async fn load_page(
    service: &Service,
    account: AccountId,
    may_free: bool,
    license: LicenseId,
    kind: Kind,
    before: Option<&str>,
) -> Result<ActivationPage> {
    let before = before.and_then(|cursor| open_cursor(service, license, cursor));
    let db = service.store.read();
    let (rows, more) = load_activations(db, account, license, kind, before).await?;
    Ok(ActivationPage {
        rows: rows.into_iter().map(|row| activation_row(row, may_free)).collect::<Result<_>>()?,
        more: more.map(|last| seal_cursor(service, license, last)).transpose()?,
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

/// Returns a page of activations, the newest first, and the cursor of the next page.
async fn load_activations(
    db: &impl ConnectionTrait,
    account: AccountId,
    license: LicenseId,
    kind: Kind,
    before: Option<PageEnd>,
) -> Result<(Vec<activations::Model>, Option<PageEnd>)> {
    let mut find = activations::Entity::find()
        .filter(activations::Column::AccountId.eq(account.0))
        .filter(activations::Column::LicenseId.eq(license.0))
        .filter(activations::Column::Kind.eq(kind.as_str()));
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
    let (kind, takes_slot) = (Kind::from_storage(&row.kind)?, convert::is_in_slot(&row));
    let response = convert::offline_response(&row);
    let machine = (kind == Kind::Machine).then(|| MachineView {
        hostname: row.hostname.unwrap_or_default(),
        os: row.os.unwrap_or_default(),
        app_version: row.app_version.unwrap_or_default(),
        ip: row.ip,
        last_synced_at: convert::to_timestamp(row.last_synced_at),
        lease_ends: convert::to_timestamp(row.lease_expires_at),
        offline: row.offline_until.is_some(),
        response,
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
        takes_slot,
        machine,
    })
}
