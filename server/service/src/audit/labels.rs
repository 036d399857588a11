//! Names of the objects of audit entries: the last four characters of keys, and names.

use std::collections::HashMap;

use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _};
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
    // The account is compared here: with the account in the condition, planners read all rows of the account.
    let ids = distinct(rows, |row| row.license_id);
    if !ids.is_empty() {
        use licenses::Column as C;
        let find = licenses::Entity::find().select_only().columns([C::AccountId, C::Id, C::LastFour]);
        let found: Vec<(Uuid, Uuid, String)> =
            find.filter(in_rows(backend, ID_COLUMN, &ids)?).into_tuple().all(db).await?;
        let own = found.into_iter().filter(|(of, ..)| *of == account);
        labels.extend(own.map(|(_, id, last_four)| (id, format!("…{last_four}"))));
    }
    let ids = distinct(rows, |row| row.product_id);
    if !ids.is_empty() {
        use products::Column as C;
        let find = products::Entity::find().select_only().columns([C::AccountId, C::Id, C::Name]);
        let found: Vec<(Uuid, Uuid, String)> =
            find.filter(in_rows(backend, ID_COLUMN, &ids)?).into_tuple().all(db).await?;
        let own = found.into_iter().filter(|(of, ..)| *of == account);
        labels.extend(own.map(|(_, id, name)| (id, name)));
    }
    let ids = distinct(rows, |row| row.customer_id);
    if !ids.is_empty() {
        use customers::Column as C;
        let find = customers::Entity::find().select_only().columns([C::AccountId, C::Id, C::Name, C::Email]);
        let found: Vec<(Uuid, Uuid, Option<String>, Option<String>)> =
            find.filter(in_rows(backend, ID_COLUMN, &ids)?).into_tuple().all(db).await?;
        let own = found.into_iter().filter(|(of, ..)| *of == account);
        labels.extend(own.map(|(_, id, name, email)| {
            (id, name.or(email).unwrap_or_else(|| "Erased customer".to_owned()))
        }));
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
