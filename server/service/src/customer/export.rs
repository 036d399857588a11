//! Exports the data of a customer (GDPR, articles 15 and 20) as one JSON document, part by part.

use domain::activation::Kind;
use domain::permission::Permission;
use domain::{AccountId, CustomerId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::record::{CustomerRecord, record};
use crate::store::entity::{activations, audit_entries, customers, licenses, mails};
use crate::store::{convert, scope};
use crate::{Actor, Error, Result, Service};

/// Rows read at once.
const ROWS_PER_READ: u64 = 200;
/// Parts that wait for a slow reader.
const PARTS_AHEAD: usize = 2;

/// A document that is written while it is read: memory holds a few parts of at most 200 rows.
pub struct Export(mpsc::Receiver<Result<String>>);

impl Export {
    /// Returns the next part, or `None` at the end.
    ///
    /// # Errors
    /// Returns an error if the database fails; the document is then incomplete.
    pub async fn next(&mut self) -> Option<Result<String>> {
        self.0.recv().await
    }
}

/// Exports a customer, the licenses with the last four characters of their keys, their activations, the
/// audit entries of all of them, and the mails to the customer without their content.
///
/// # Errors
/// Returns an error if the role lacks the permission, the customer does not exist, or the database fails.
#[tracing::instrument(name = "customer.export", skip_all, fields(account = %actor.account, customer = %id), err(level = "debug"))]
pub async fn export(service: &Service, actor: &Actor, id: CustomerId) -> Result<Export> {
    actor.require(Permission::WriteLicense)?;
    let customer = scope::customer(service.store.read(), actor.account, id).await?;
    let (parts, export) = mpsc::channel(PARTS_AHEAD);
    let writer = Writer { service: service.clone(), account: actor.account, parts: parts.clone() };
    tokio::spawn(async move {
        // The reader left if a part cannot be sent.
        if let Err(Stop::Failed(error)) = writer.write(customer).await {
            let _ = parts.send(Err(error)).await;
        }
    });
    Ok(Export(export))
}

/// The reason why the document is not completed.
enum Stop {
    ReaderLeft,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

struct Writer {
    service: Service,
    account: AccountId,
    parts: mpsc::Sender<Result<String>>,
}

impl Writer {
    async fn write(&self, customer: customers::Model) -> Result<(), Stop> {
        let record = record(self.service.store.read(), self.account, customer.clone()).await?;
        let about = about(&customer, &record);
        self.send(format!("{{\"customer\":{about},\"licenses\":[")).await?;
        let mut after = Uuid::nil();
        loop {
            let rows = licenses::Entity::find()
                .filter(licenses::Column::CustomerId.eq(customer.id))
                .filter(licenses::Column::Id.gt(after))
                .order_by_asc(licenses::Column::Id)
                .limit(ROWS_PER_READ)
                .all(self.service.store.read())
                .await?;
            for row in &rows {
                let comma = if after.is_nil() { "" } else { "," };
                after = row.id;
                let fields = license(row).to_string();
                self.send(format!("{comma}{},\"activations\":[", fields.trim_end_matches('}'))).await?;
                self.write_activations(row.id).await?;
                self.send("],\"audit_entries\":[".to_owned()).await?;
                let entries =
                    audit_entries::Entity::find().filter(audit_entries::Column::LicenseId.eq(row.id));
                self.write_entries(entries, |_| true).await?;
                self.send("]}".to_owned()).await?;
            }
            if (rows.len() as u64) < ROWS_PER_READ {
                break;
            }
        }
        self.send("],\"audit_entries\":[".to_owned()).await?;
        let entries = audit_entries::Entity::find().filter(audit_entries::Column::CustomerId.eq(customer.id));
        // Those of licenses are above. A condition on the license would make planners scan the entries
        // without one.
        self.write_entries(entries, |row| row.license_id.is_none()).await?;
        self.send("],\"mails\":[".to_owned()).await?;
        self.write_mails(customer.id).await?;
        self.send("]}".to_owned()).await
    }

    async fn write_mails(&self, customer: Uuid) -> Result<(), Stop> {
        let (mut after, mut is_first) = (Uuid::nil(), true);
        loop {
            let rows = mails::Entity::find()
                .filter(mails::Column::CustomerId.eq(customer))
                .filter(mails::Column::Id.gt(after))
                .order_by_asc(mails::Column::Id)
                .limit(ROWS_PER_READ)
                .all(self.service.store.read())
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id;
            self.send_items(&mut is_first, rows.iter().map(mail).collect()).await?;
        }
    }

    async fn write_activations(&self, license: Uuid) -> Result<(), Stop> {
        let mut is_first = true;
        for kind in [Kind::Domain, Kind::Machine] {
            self.write_activations_of(license, kind, &mut is_first).await?;
        }
        Ok(())
    }

    /// The index of the activations of a license has the kind before the time.
    async fn write_activations_of(&self, license: Uuid, kind: Kind, is_first: &mut bool) -> Result<(), Stop> {
        let mut after: Option<(i64, Uuid)> = None;
        loop {
            let mut find = activations::Entity::find()
                .filter(activations::Column::AccountId.eq(self.account.0))
                .filter(activations::Column::LicenseId.eq(license))
                .filter(activations::Column::Kind.eq(kind.as_str()));
            if let Some((created_at, id)) = after {
                let position = [activations::Column::CreatedAt, activations::Column::Id].map(Expr::col);
                let position = Expr::tuple(position);
                find = find.filter(position.gt(Expr::tuple([Expr::value(created_at), Expr::value(id)])));
            }
            let rows = find
                .order_by_asc(activations::Column::CreatedAt)
                .order_by_asc(activations::Column::Id)
                .limit(ROWS_PER_READ)
                .all(self.service.store.read())
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.created_at, last.id));
            let is_last = (rows.len() as u64) < ROWS_PER_READ;
            self.send_items(is_first, rows.iter().map(activation).collect()).await?;
            if is_last {
                return Ok(());
            }
        }
    }

    async fn write_entries(
        &self,
        entries: Select<audit_entries::Entity>,
        is_included: fn(&audit_entries::Model) -> bool,
    ) -> Result<(), Stop> {
        let (mut after, mut is_first) = (Uuid::nil(), true);
        loop {
            let rows = entries
                .clone()
                .filter(audit_entries::Column::Id.gt(after))
                .order_by_asc(audit_entries::Column::Id)
                .limit(ROWS_PER_READ)
                .all(self.service.store.read())
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id;
            let is_last = (rows.len() as u64) < ROWS_PER_READ;
            let included = rows.iter().filter(|row| is_included(row)).map(entry);
            self.send_items(&mut is_first, included.collect()).await?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// Sends items of an array, with a comma before all but the first.
    async fn send_items(&self, is_first: &mut bool, items: Vec<Value>) -> Result<(), Stop> {
        let mut part = String::new();
        for item in items {
            if !std::mem::take(is_first) {
                part.push(',');
            }
            part.push_str(&item.to_string());
        }
        self.send(part).await
    }

    async fn send(&self, part: String) -> Result<(), Stop> {
        self.parts.send(Ok(part)).await.map_err(|_| Stop::ReaderLeft)
    }
}

fn rfc3339(millis: Option<i64>) -> Option<String> {
    convert::to_timestamp(millis).map(Timestamp::rfc3339)
}

/// The customer, without the password.
fn about(customer: &customers::Model, record: &CustomerRecord) -> Value {
    let organization = record.organization.as_ref().map(|found| found.organization.name.as_str());
    let field = |key: &str, value: &str| json!({ "key": key, "value": value });
    json!({
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "created_at": Timestamp::from_millis(customer.created_at).rfc3339(),
        "first_name": record.name.first,
        "last_name": record.name.last,
        "company": record.company,
        "organization": organization,
        "role": record.role.as_str(),
        "last_login_at": rfc3339(customer.last_login_at),
        "last_seen_at": rfc3339(customer.last_seen_at),
        "has_password": customer.password_hash.is_some(),
        "tags": record.tags,
        "metadata": record.metadata.iter().map(|entry| field(&entry.key, &entry.value)).collect::<Vec<_>>(),
    })
}

/// A license without its key.
fn license(row: &licenses::Model) -> Value {
    json!({
        "id": row.id,
        "product_id": row.product_id,
        "key_last_four": row.last_four,
        "state": row.state,
        "state_at": rfc3339(row.state_at),
        "state_reason": row.state_reason,
        "domain_limit": row.domain_limit,
        "domains_used": row.domains_used,
        "machine_limit": row.machine_limit,
        "machines_used": row.machines_used,
        "expires_at": rfc3339(row.expires_at),
        "verification_count": row.verification_count,
        "last_verified_at": rfc3339(row.last_verified_at),
        "created_at": rfc3339(Some(row.created_at)),
    })
}

fn activation(row: &activations::Model) -> Value {
    json!({
        "kind": row.kind,
        "subject": domain::machine::fingerprint_of(&row.subject),
        "ip": row.ip,
        "hostname": row.hostname,
        "os": row.os,
        "os_version": row.os_version,
        "app_version": row.app_version,
        "user_hash": row.user_hash,
        "metadata": row.metadata,
        "verification_count": row.verification_count,
        "last_verified_at": rfc3339(row.last_verified_at),
        "last_synced_at": rfc3339(row.last_synced_at),
        "created_at": rfc3339(Some(row.created_at)),
    })
}

fn entry(row: &audit_entries::Model) -> Value {
    json!({
        "action": row.action,
        "detail": row.detail,
        "actor_kind": row.actor_kind,
        "actor_name": row.actor_name,
        "ip": row.ip.as_ref().filter(|_| matches!(row.actor_kind.as_str(), "app" | "customer")),
        "created_at": rfc3339(Some(row.created_at)),
    })
}

/// A mail without its content.
fn mail(row: &mails::Model) -> Value {
    json!({
        "kind": row.kind,
        "recipient": row.recipient,
        "subject": row.subject,
        "state": row.state,
        "last_error": row.last_error,
        "created_at": rfc3339(Some(row.created_at)),
        "state_at": rfc3339(Some(row.state_at)),
    })
}
