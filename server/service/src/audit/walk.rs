//! A walk along the seals of an account, from the oldest on.

use std::collections::HashMap;

use domain::view::{AuditBreak, BreakKind};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::compare::{Comparison, break_at, unpack};
use super::digest::{self, SEALED_BYTES};
use crate::store::entity::{audit_amendments, audit_chains, audit_entries, audit_seals};
use crate::{Result, Service};

/// Entries that one call verifies at least, if there are more: about 2 s.
const ENTRIES_PER_PORTION: u64 = 100_000;
/// Seals read by one statement.
const SEALS_PER_BATCH: u64 = 20;
/// Entries read for one seal at most, which has 1,000.
const MAX_ENTRIES_READ: u64 = 10_000;

/// A walk along the seals of a chain.
pub(super) struct Walk<'a> {
    service: &'a Service,
    chain: &'a audit_chains::Model,
    /// The position, the digest and the id that the next seal continues. No digest before the first seal,
    /// because retention has deleted what it continues.
    pub position: i64,
    digest: Option<Vec<u8>>,
    last: Uuid,
    pub verified: u64,
}

impl<'a> Walk<'a> {
    /// Begins at a position, or at the oldest seal.
    pub async fn begin(
        service: &'a Service,
        chain: &'a audit_chains::Model,
        from: Option<i64>,
    ) -> Result<Self> {
        let first = Self {
            service,
            chain,
            position: chain.first_position,
            digest: None,
            last: Uuid::nil(),
            verified: 0,
        };
        let Some(from) = from.filter(|from| *from > chain.first_position) else { return Ok(first) };
        let before = audit_seals::Entity::find()
            .filter(audit_seals::Column::AccountId.eq(chain.account_id))
            .filter(audit_seals::Column::Position.lt(from))
            .order_by_desc(audit_seals::Column::Position)
            .limit(1)
            .one(service.store.list_reader())
            .await?;
        let Some(before) = before else { return Ok(first) };
        Ok(Self {
            position: before.position + count(&before),
            digest: last_digest(&before),
            last: before.last_entry_id,
            ..first
        })
    }

    /// Verifies seals up to the end of the portion or of the chain. Returns the first break.
    pub async fn run(&mut self) -> Result<Option<AuditBreak>> {
        while self.verified < ENTRIES_PER_PORTION && self.position <= self.chain.position {
            let seals = audit_seals::Entity::find()
                .filter(audit_seals::Column::AccountId.eq(self.chain.account_id))
                .filter(audit_seals::Column::Position.gte(self.position))
                .filter(audit_seals::Column::Position.lte(self.chain.position))
                .order_by_asc(audit_seals::Column::Position)
                .limit(SEALS_PER_BATCH)
                .all(self.service.store.list_reader())
                .await?;
            if seals.is_empty() {
                return Ok(Some(break_at(BreakKind::SealMissing, self.position, None)));
            }
            for seal in &seals {
                if let Some(found) = self.step(seal).await? {
                    return Ok(Some(found));
                }
            }
        }
        let is_end = self.position > self.chain.position;
        let ends_otherwise = self.position != self.chain.position + 1
            || self.digest.as_ref().is_some_and(|digest| *digest != self.chain.digest)
            || (self.digest.is_some() && self.last != self.chain.last_entry_id);
        Ok((is_end && ends_otherwise).then(|| break_at(BreakKind::SealChanged, self.chain.position, None)))
    }

    /// Verifies one seal.
    async fn step(&mut self, seal: &audit_seals::Model) -> Result<Option<AuditBreak>> {
        if seal.position != self.position {
            return Ok(Some(break_at(BreakKind::SealMissing, self.position, None)));
        }
        let continues = self.digest.as_ref().is_none_or(|digest| *digest == seal.former_digest);
        let is_genuine = seal.row_digest == digest::seal(&self.service.keys, seal);
        let sealed = unpack(seal).filter(|_| continues && is_genuine && seal.last_entry_id > self.last);
        let Some(sealed) = sealed else {
            return Ok(Some(break_at(BreakKind::SealChanged, self.position, None)));
        };
        let rows = self.entries(seal.last_entry_id).await?;
        let comparison = Comparison {
            keys: &self.service.keys,
            account: self.chain.account_id,
            sealed,
            rows: &rows,
            // After the entries: an amendment is committed with the change of its entry.
            amendments: self.amendments(seal.last_entry_id).await?,
            pruned_before: self.chain.pruned_before,
        };
        if let Some(found) = comparison.first_break() {
            let before = u64::try_from(found.position - seal.position).unwrap_or(0);
            self.verified += before;
            return Ok(Some(found));
        }
        self.verified += rows.len() as u64;
        self.position += count(seal);
        self.digest = last_digest(seal);
        self.last = seal.last_entry_id;
        Ok(None)
    }

    /// Returns the stored entries after the last seal, up to an id.
    async fn entries(&self, up_to: Uuid) -> Result<Vec<audit_entries::Model>> {
        let sql = format!(
            "SELECT * FROM audit_entries WHERE account_id = $1 AND id > $2 AND id <= $3 ORDER BY id \
             LIMIT {MAX_ENTRIES_READ}"
        );
        let statement = self.range(&sql, up_to);
        Ok(audit_entries::Model::find_by_statement(statement).all(self.service.store.list_reader()).await?)
    }

    async fn amendments(&self, up_to: Uuid) -> Result<HashMap<Uuid, Vec<audit_amendments::Model>>> {
        let sql = "SELECT * FROM audit_amendments WHERE account_id = $1 AND entry_id > $2 AND entry_id <= $3";
        let statement = self.range(sql, up_to);
        let found =
            audit_amendments::Model::find_by_statement(statement).all(self.service.store.list_reader());
        let mut by_entry: HashMap<Uuid, Vec<audit_amendments::Model>> = HashMap::new();
        for amendment in found.await? {
            by_entry.entry(amendment.entry_id).or_default().push(amendment);
        }
        Ok(by_entry)
    }

    fn range(&self, sql: &str, up_to: Uuid) -> Statement {
        let values = [self.chain.account_id.into(), self.last.into(), up_to.into()];
        Statement::from_sql_and_values(self.service.store.backend(), sql, values)
    }
}

/// Returns the number of entries of a seal.
fn count(seal: &audit_seals::Model) -> i64 {
    i64::try_from(seal.entries.len() / SEALED_BYTES).unwrap_or(0)
}

/// Returns the digest of the last entry of a seal.
fn last_digest(seal: &audit_seals::Model) -> Option<Vec<u8>> {
    seal.entries.len().checked_sub(32).map(|start| seal.entries[start..].to_vec())
}
