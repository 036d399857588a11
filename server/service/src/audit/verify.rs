//! Verifies the chain of an account: computes every digest again, seal by seal.

use data_encoding::HEXLOWER;
use domain::permission::Permission;
use domain::view::{AuditVerification, BreakKind};
use domain::{AccountId, Timestamp};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::chain;
use super::compare::break_at;
use super::walk::Walk;
use crate::store::entity::{audit_chains, audit_seals};
use crate::{Actor, Result, Service};

/// Unsealed entries are counted up to this number.
const MAX_UNSEALED_COUNTED: u64 = 10_000;
/// Attempts to verify while the retention deletes seals.
const MAX_ATTEMPTS: u32 = 5;

/// Verifies a portion of the account's audit log, from a position on (`None`: from the oldest seal).
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails. A break is no error.
#[tracing::instrument(name = "audit.verify", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn verify_portion(
    service: &Service,
    actor: &Actor,
    from: Option<i64>,
) -> Result<AuditVerification> {
    actor.require(Permission::ReadAudit)?;
    let mut attempt = 1;
    loop {
        let found = verify_from(service, actor.account, from).await?;
        if found.1.first_break.is_none() || attempt == MAX_ATTEMPTS {
            return Ok(found.1);
        }
        // The retention may have deleted entries and seals since the chain was read.
        let now = load_chain(service, actor.account).await?;
        let is_pruned = |(then, now): (&audit_chains::Model, &audit_chains::Model)| {
            (then.first_position, then.pruned_before) != (now.first_position, now.pruned_before)
        };
        if !found.0.as_ref().zip(now.as_ref()).is_some_and(is_pruned) {
            return Ok(found.1);
        }
        attempt += 1;
    }
}

/// Verifies the whole audit log of an account, up to the first break.
///
/// # Errors
/// Same as [`verify_portion`].
pub async fn verify_all(service: &Service, actor: &Actor) -> Result<AuditVerification> {
    let mut total = verify_portion(service, actor, None).await?;
    while let Some(next) = total.next {
        let portion = verify_portion(service, actor, Some(next)).await?;
        total = AuditVerification { verified: total.verified + portion.verified, ..portion };
    }
    Ok(total)
}

async fn load_chain(service: &Service, account: AccountId) -> Result<Option<audit_chains::Model>> {
    Ok(audit_chains::Entity::find_by_id(account.0).one(service.store.read()).await?)
}

/// Verifies a portion, and returns the chain as it was at the beginning.
async fn verify_from(
    service: &Service,
    account: AccountId,
    from: Option<i64>,
) -> Result<(Option<audit_chains::Model>, AuditVerification)> {
    let Some(chain) = load_chain(service, account).await? else {
        return Ok((None, unsealed_log(service, account).await?));
    };
    let mut result = AuditVerification {
        verified: 0,
        unsealed: count_unsealed(service, account, chain.last_entry_id).await?,
        first_position: chain.first_position,
        position: chain.position,
        digest: HEXLOWER.encode(&chain.digest),
        sealed_since: Some(Timestamp::from_millis(chain.began_at)),
        next: None,
        first_break: None,
    };
    if !chain::is_genuine(&service.keys, &chain) {
        result.first_break = Some(break_at(BreakKind::SealChanged, chain.position, None));
        return Ok((Some(chain), result));
    }
    let mut walk = Walk::begin(service, &chain, from).await?;
    result.first_break = walk.run().await?;
    result.verified = walk.verified;
    result.next = (result.first_break.is_none() && walk.position <= chain.position).then_some(walk.position);
    Ok((Some(chain), result))
}

/// The result for an account without a seal.
async fn unsealed_log(service: &Service, account: AccountId) -> Result<AuditVerification> {
    // A seal without a chain: the chain was removed.
    let seal: Option<audit_seals::Model> = audit_seals::Entity::find()
        .filter(audit_seals::Column::AccountId.eq(account.0))
        .order_by_asc(audit_seals::Column::Position)
        .limit(1)
        .one(service.store.read())
        .await?;
    Ok(AuditVerification {
        verified: 0,
        unsealed: count_unsealed(service, account, Uuid::nil()).await?,
        first_position: 1,
        position: 0,
        digest: String::new(),
        sealed_since: None,
        next: None,
        first_break: seal.map(|seal| break_at(BreakKind::SealChanged, seal.position, None)),
    })
}

async fn count_unsealed(service: &Service, account: AccountId, after: Uuid) -> Result<u64> {
    let sql = format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 FROM audit_entries WHERE account_id = $1 AND id > $2 \
         LIMIT {MAX_UNSEALED_COUNTED}) AS newer"
    );
    let statement =
        Statement::from_sql_and_values(service.store.backend(), sql, [account.0.into(), after.into()]);
    let row = service.store.list_reader().query_one_raw(statement).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}
