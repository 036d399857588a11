//! Names of the objects of audit entries: the last four characters of keys, and names.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::store::entity::{audit_entries, customers, licenses, products};
use crate::store::row_values::{ColumnType, Columns, RowValues, in_rows, row};
use crate::{Actor, Result, Service};

/// Names of objects, by id.
pub(super) type Labels = HashMap<Uuid, String>;

const ID_COLUMN: Columns = &[("id", ColumnType::Uuid)];

/// Loads the names of the entries' objects that still exist.
pub(super) async fn labels(
    service: &Service,
    actor: &Actor,
    rows: &[audit_entries::Model],
) -> Result<Labels> {
    let (db, account, backend) = (service.store.read(), actor.account.0, service.store.backend());
    let mut labels = Labels::new();
    let ids = distinct(rows, |row| row.license_id);
    if !ids.is_empty() {
        let found: Vec<(Uuid, String)> = licenses::Entity::find()
            .select_only()
            .columns([licenses::Column::Id, licenses::Column::LastFour])
            .filter(in_rows(backend, ID_COLUMN, &ids)?)
            .filter(licenses::Column::AccountId.eq(account))
            .into_tuple()
            .all(db)
            .await?;
        labels.extend(found.into_iter().map(|(id, last_four)| (id, format!("…{last_four}"))));
    }
    let ids = distinct(rows, |row| row.product_id);
    if !ids.is_empty() {
        let found: Vec<(Uuid, String)> = products::Entity::find()
            .select_only()
            .columns([products::Column::Id, products::Column::Name])
            .filter(in_rows(backend, ID_COLUMN, &ids)?)
            .filter(products::Column::AccountId.eq(account))
            .into_tuple()
            .all(db)
            .await?;
        labels.extend(found);
    }
    let ids = distinct(rows, |row| row.customer_id);
    if !ids.is_empty() {
        let found: Vec<(Uuid, Option<String>, Option<String>)> = customers::Entity::find()
            .select_only()
            .columns([customers::Column::Id, customers::Column::Name, customers::Column::Email])
            .filter(in_rows(backend, ID_COLUMN, &ids)?)
            .filter(customers::Column::AccountId.eq(account))
            .into_tuple()
            .all(db)
            .await?;
        let label = |name: Option<String>, email: Option<String>| {
            name.or(email).unwrap_or_else(|| "Erased customer".to_owned())
        };
        labels.extend(found.into_iter().map(|(id, name, email)| (id, label(name, email))));
    }
    Ok(labels)
}

/// Returns the distinct ids of entries, as rows.
fn distinct(
    rows: &[audit_entries::Model],
    of: impl Fn(&audit_entries::Model) -> Option<Uuid>,
) -> Vec<RowValues> {
    let mut ids: Vec<Uuid> = rows.iter().filter_map(of).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| row![id]).collect()
}
