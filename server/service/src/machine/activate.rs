//! A client binds a license to the machine it runs on.

use domain::activation::{Facts, Kind, Policy, Refusal, Verdict, decide};
use domain::event::Event;
use domain::license::Limit;
use domain::{AccountId, LicenseId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _,
    IntoActiveModel as _, QueryFilter as _, Set,
};

use super::{Answer, Request, describe, product, token};
use crate::activation::lookup;
use crate::store::entity::{activations, licenses};
use crate::store::{Entry, WriteTxn, map};
use crate::{Actor, By, Error, Result, Service, new_id};

/// Activates a license on a machine. The same fingerprint again is the same
/// activation, described anew, with a fresh token and no second seat.
///
/// # Errors
/// When the database or the signing fails.
pub async fn activate(service: &Service, request: &Request, ip: Option<String>) -> Result<Answer> {
    let Some(digest) = lookup::digest(service, &request.key) else {
        return Ok(Answer::InvalidKey);
    };
    let mut txn = service.write().await?;
    let Some(license) = lookup::lock_by_digest(&txn, &digest).await? else {
        return Ok(Answer::InvalidKey);
    };
    if product(txn.conn(), &license, &request.product_sent).await?.is_none() {
        return Ok(Answer::InvalidProduct);
    }
    let known = on_machine(txn.conn(), &license, request).await?;
    let state = map::state(&license)?;
    let facts = Facts {
        state: &state,
        expires_at: map::time(license.expires_at),
        limit: Limit::from_storage(license.machine_limit),
        used: map::count(license.machines_used),
        already_active: known.is_some(),
        takes_slot: true,
        policy: Policy::Lenient,
    };
    let activation = match (decide(&facts, service.now()), known) {
        (Verdict::Refuse(Refusal::Revoked), _) => return Ok(Answer::Revoked),
        (Verdict::Refuse(_), _) => return Ok(Answer::LimitReached),
        (_, Some(row)) => {
            let mut row = row.into_active_model();
            describe(&mut row, &request.machine);
            row.last_synced_at = Set(Some(txn.now().millis()));
            row.update(txn.conn()).await?
        }
        (_, None) => take(&mut txn, &license, request, ip).await?,
    };
    txn.commit().await?;
    token::sign(service, license.id, &activation, request).await.map(Answer::Token)
}

async fn on_machine(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    request: &Request,
) -> Result<Option<activations::Model>> {
    let find = activations::Entity::find()
        .filter(activations::Column::LicenseId.eq(license.id))
        .filter(activations::Column::Kind.eq(Kind::Machine.word()))
        .filter(activations::Column::Subject.eq(request.fingerprint.as_str()));
    Ok(find.one(db).await?)
}

async fn take(
    txn: &mut WriteTxn,
    license: &licenses::Model,
    request: &Request,
    ip: Option<String>,
) -> Result<activations::Model> {
    let now = txn.now().millis();
    let mut row = activations::ActiveModel {
        id: Set(new_id()),
        account_id: Set(license.account_id),
        license_id: Set(license.id),
        kind: Set(Kind::Machine.word().to_owned()),
        subject: Set(request.fingerprint.as_str().to_owned()),
        takes_slot: Set(true),
        ip: Set(ip.clone()),
        verification_count: Set(0),
        created_at: Set(now),
        last_synced_at: Set(Some(now)),
        ..Default::default()
    };
    describe(&mut row, &request.machine);
    let row = row.insert(txn.conn()).await?;
    // Guarded once more where it is written, as for domains.
    let (used, limit) = (licenses::Column::MachinesUsed, licenses::Column::MachineLimit);
    let updated = licenses::Entity::update_many()
        .col_expr(used, Expr::col(used).add(1))
        .col_expr(licenses::Column::FirstActivatedAt, Expr::value(license.first_activated_at.unwrap_or(now)))
        .filter(licenses::Column::Id.eq(license.id))
        .filter(limit.is_null().or(Expr::col(used).lt(Expr::col(limit))))
        .exec(txn.conn())
        .await?;
    if updated.rows_affected != 1 {
        return Err(Error::Internal(format!("license {}: no seat left at its writing", license.id)));
    }
    let actor = Actor { account: AccountId(license.account_id), by: By::App { ip } };
    let entry = Entry::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(request.machine.hostname.clone())
        .with("activation_id", row.id.to_string())
        .with("fingerprint", request.fingerprint.as_str());
    txn.record(&actor, entry).await?;
    Ok(row)
}
