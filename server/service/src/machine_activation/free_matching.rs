//! Release of all machines of a license that meet conditions.

use domain::LicenseId;
use domain::activation::Kind;
use domain::event::Event;
use domain::filter::{Cell, Filter, FilterRow, matches};
use domain::permission::Permission;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::source::times;
use crate::activation::release;
use crate::store::entity::activations::{self, Model};
use crate::store::{WriteTxn, scope};
use crate::{Actor, Result, Service};

/// Machines that one transaction reads, so that other writers do not wait long.
const MACHINES_PER_TXN: u64 = 200;

/// A machine as the conditions see it.
struct Conditions<'a>(&'a Model);

impl FilterRow for Conditions<'_> {
    fn cells(&self, field: &str) -> Vec<Cell> {
        match field {
            "id" => vec![Cell::Id(self.0.id)],
            "licenseId" => vec![Cell::Id(self.0.license_id)],
            field => times(self.0, field).unwrap_or_default(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Releases the machines of a license that meet the conditions on ids and times, and returns their number. Without
/// conditions all of them. The deactivations are not counted, and no limit refuses them.
///
/// A license with many machines takes several transactions. After a failure the same call releases the others.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such license, or the database fails.
#[tracing::instrument(name = "machine_activation.free_matching", skip_all, fields(account = %actor.account, license = %license), err(level = "debug"))]
pub async fn free_matching(
    service: &Service,
    actor: &Actor,
    license: LicenseId,
    filters: &[Filter],
) -> Result<usize> {
    actor.require(Permission::WriteLicense)?;
    // Machines that are activated meanwhile stay, so that the walk ends.
    let begun_at = service.now().millis();
    let (mut released, mut after) = (0, None);
    loop {
        let mut txn = service.begin_write().await?;
        scope::lock_license(&txn, actor.account, license).await?;
        let rows = read(&txn, actor, license, begun_at, after).await?;
        for row in rows.iter().filter(|row| matches(filters, &Conditions(row))) {
            release(&mut txn, actor, row, Event::ActivationDeleted).await?;
            released += 1;
        }
        txn.commit().await?;
        match rows.last() {
            Some(last) if rows.len() as u64 == MACHINES_PER_TXN => after = Some((last.created_at, last.id)),
            _ => return Ok(released),
        }
    }
}

/// Reads the next machines of a locked license in the order of its index.
async fn read(
    txn: &WriteTxn,
    actor: &Actor,
    license: LicenseId,
    until: i64,
    after: Option<(i64, Uuid)>,
) -> Result<Vec<Model>> {
    use activations::Column as A;
    let mut find = activations::Entity::find()
        .filter(A::AccountId.eq(actor.account.0))
        .filter(A::LicenseId.eq(license.0))
        .filter(A::Kind.eq(Kind::Machine.as_str()))
        .filter(A::CreatedAt.lte(until));
    if let Some((created_at, id)) = after {
        let position = Expr::tuple([A::CreatedAt, A::Id].map(Expr::col));
        find = find.filter(position.gt(Expr::tuple([Expr::value(created_at), Expr::value(id)])));
    }
    let find = find.order_by_asc(A::CreatedAt).order_by_asc(A::Id).limit(MACHINES_PER_TXN);
    Ok(find.all(txn.conn()).await?)
}
