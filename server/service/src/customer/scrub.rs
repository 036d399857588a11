//! Replaces a customer's present and former names and addresses in texts about the customer's licenses:
//! details of audit entries, reasons of suspensions and revocations, notes and metadata.

use domain::customer::{Identity, erase_from, names_in_edit};
use domain::event::Event;
use domain::{CustomerId, LicenseId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Statement,
};
use uuid::Uuid;

use super::scrub_fields::scrub_fields;
use crate::audit::AmendableEntry;
use crate::store::entity::{audit_entries, licenses};
use crate::store::{WriteTxn, scope};
use crate::{Actor, Result, Service, audit};

/// Licenses read at once.
const LICENSES_PER_BATCH: u64 = 200;
/// Audit entries of a license read at once.
const ENTRIES_PER_BATCH: u64 = 1000;
/// How far clocks of nodes may differ, in milliseconds: entries after the start of the scan by other
/// nodes' clocks are read again.
const CLOCK_SKEW_MS: i64 = 60_000;

/// The conditions on entries that may hold a name. The details of activations are domains and host names.
const MAY_HOLD_NAME: &str = "detail IS NOT NULL AND action NOT LIKE 'activation.%'";

/// The texts of one customer's licenses.
pub(super) struct Scan<'a> {
    service: &'a Service,
    actor: &'a Actor,
    customer: CustomerId,
    /// The present and the former names and addresses.
    names: Vec<String>,
    started_ms: i64,
}

#[derive(FromQueryResult)]
struct Naming {
    action: String,
    detail: Option<String>,
}

/// An entry that may hold a name.
#[derive(FromQueryResult)]
struct Entry {
    id: Uuid,
    detail: Option<String>,
}

#[derive(FromQueryResult)]
struct Reason {
    id: Uuid,
    state_reason: Option<String>,
}

impl<'a> Scan<'a> {
    /// Loads the former names from the entries that hold them.
    pub async fn begin(
        service: &'a Service,
        actor: &'a Actor,
        customer: CustomerId,
        identity: &Identity,
    ) -> Result<Self> {
        let started_ms = service.now().millis() - CLOCK_SKEW_MS;
        let namings: Vec<Naming> = audit_entries::Entity::find()
            .select_only()
            .columns([audit_entries::Column::Action, audit_entries::Column::Detail])
            .filter(audit_entries::Column::CustomerId.eq(customer.0))
            .filter(audit_entries::Column::Detail.is_not_null())
            .distinct()
            .into_model()
            .all(service.store.read())
            .await?;
        let mut names = identity.names();
        for Naming { action, detail } in namings {
            let detail = detail.unwrap_or_default();
            match Event::from_storage(&action) {
                Some(Event::CustomerCreated | Event::LicenseTransferred) => names.push(detail),
                Some(Event::CustomerUpdated) => names.extend(names_in_edit(&detail)),
                _ => {}
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok(Self { service, actor, customer, names, started_ms })
    }

    /// Replaces the name in the texts of all licenses, in small transactions.
    pub async fn scrub_licenses(&self) -> Result<()> {
        let mut after = Uuid::nil();
        loop {
            let found: Vec<Reason> = licenses::Entity::find()
                .select_only()
                .columns([licenses::Column::Id, licenses::Column::StateReason])
                .filter(licenses::Column::CustomerId.eq(self.customer.0))
                .filter(licenses::Column::Id.gt(after))
                .order_by_asc(licenses::Column::Id)
                .limit(LICENSES_PER_BATCH)
                .into_model()
                .all(self.service.store.read())
                .await?;
            let Some(last) = found.last() else { return Ok(()) };
            after = last.id;
            for license in &found {
                self.scrub_entries(license.id).await?;
            }
            self.scrub_reasons(&found).await?;
            let ids: Vec<Uuid> = found.iter().map(|license| license.id).collect();
            scrub_fields(self.service, self.actor, &ids, |text| self.erased(Some(text))).await?;
        }
    }

    /// Replaces the name in the entries of one license.
    async fn scrub_entries(&self, license: Uuid) -> Result<()> {
        let mut after = Uuid::nil();
        loop {
            let found: Vec<Entry> = audit_entries::Entity::find()
                .select_only()
                .columns([audit_entries::Column::Id, audit_entries::Column::Detail])
                .filter(audit_entries::Column::LicenseId.eq(license))
                .filter(audit_entries::Column::Id.gt(after))
                .filter(Expr::cust(MAY_HOLD_NAME))
                .order_by_asc(audit_entries::Column::Id)
                .limit(ENTRIES_PER_BATCH)
                .into_model()
                .all(self.service.store.read())
                .await?;
            let Some(last) = found.last() else { return Ok(()) };
            after = last.id;
            if found.iter().any(|entry| self.erased(entry.detail.as_deref()).is_some()) {
                let mut txn = self.service.begin_write().await?;
                self.write_details(&mut txn, &found).await?;
                txn.commit().await?;
            }
        }
    }

    /// Replaces the name in the reasons of licenses, which are locked in the order of their ids.
    async fn scrub_reasons(&self, found: &[Reason]) -> Result<()> {
        if found.iter().all(|license| self.erased(license.state_reason.as_deref()).is_none()) {
            return Ok(());
        }
        let mut txn = self.service.begin_write().await?;
        for license in found {
            if self.erased(license.state_reason.as_deref()).is_some() {
                self.write_reason(&mut txn, license.id).await?;
            }
        }
        txn.commit().await
    }

    /// Replaces the name in entries and reasons that were written since the scan began. The customer
    /// must be locked.
    pub async fn scrub_newer(&self, txn: &mut WriteTxn) -> Result<()> {
        let millis = u64::try_from(self.started_ms).unwrap_or(0);
        let first = uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
        let sql = format!(
            "SELECT audit_entries.id, detail FROM licenses \
             JOIN audit_entries ON audit_entries.license_id = licenses.id \
             WHERE licenses.customer_id = $1 AND audit_entries.id >= $2 AND {MAY_HOLD_NAME}"
        );
        let statement = self.statement(&sql, first.into());
        let entries = Entry::find_by_statement(statement).all(txn.conn()).await?;
        self.write_details(txn, &entries).await?;
        let sql =
            "SELECT id, state_reason FROM licenses WHERE customer_id = $1 AND state_at >= $2 ORDER BY id";
        let statement = self.statement(sql, self.started_ms.into());
        for license in Reason::find_by_statement(statement).all(txn.conn()).await? {
            if self.erased(license.state_reason.as_deref()).is_some() {
                self.write_reason(txn, license.id).await?;
            }
        }
        Ok(())
    }

    fn statement(&self, sql: &str, since: sea_orm::Value) -> Statement {
        let values = [self.customer.0.into(), since];
        Statement::from_sql_and_values(self.service.store.backend(), sql, values)
    }

    fn erased(&self, text: Option<&str>) -> Option<String> {
        erase_from(text?, &self.names)
    }

    async fn write_details(&self, txn: &mut WriteTxn, entries: &[Entry]) -> Result<()> {
        let mut changes = Vec::new();
        for entry in entries {
            if self.erased(entry.detail.as_deref()).is_none() {
                continue;
            }
            // Another erasure may have changed the entry since it was read.
            let Some(entry) = audit::lock_entry(txn, self.actor.account, entry.id).await? else { continue };
            let Some(detail) = self.erased(entry.detail.as_deref()) else { continue };
            changes.push((entry.clone(), AmendableEntry { detail: Some(detail.clone()), ..entry.clone() }));
            audit_entries::Entity::update_many()
                .col_expr(audit_entries::Column::Detail, Expr::value(detail))
                .filter(audit_entries::Column::AccountId.eq(self.actor.account.0))
                .filter(audit_entries::Column::Id.eq(entry.id))
                .exec(txn.conn())
                .await?;
        }
        audit::amend(txn, &self.service.keys, changes);
        Ok(())
    }

    async fn write_reason(&self, txn: &mut WriteTxn, license: Uuid) -> Result<()> {
        let row = scope::lock_license(txn, self.actor.account, LicenseId(license)).await?;
        let Some(reason) = self.erased(row.state_reason.as_deref()) else { return Ok(()) };
        licenses::Entity::update_many()
            .col_expr(licenses::Column::StateReason, Expr::value(reason))
            .filter(licenses::Column::Id.eq(license))
            .exec(txn.conn())
            .await?;
        txn.invalidate(license);
        Ok(())
    }
}
