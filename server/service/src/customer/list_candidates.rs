//! The customers that an index finds for a filter or a word of a search.

use std::collections::HashSet;

use domain::filter::{Filter, FilterValue, Operator};
use domain::folding::fold_name;
use domain::text_key;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _, Select,
    Statement, Value,
};
use uuid::Uuid;

use super::list_source::Source;
use crate::Result;
use crate::listing::{MAX_ROWS_READ, ids_of};
use crate::store::entity::{customer_metadata, customers, licenses, tags};
use crate::store::scope;

/// One more than a list reads: then an index does not narrow it.
const MOST: u64 = MAX_ROWS_READ as u64 + 1;

impl Source<'_> {
    /// Returns the customers of a filter that an index finds, unless they are too many. They may be more than those
    /// that the filter selects, which is decided afterwards.
    pub(super) async fn with_value(&self, filter: &Filter, all: &[Filter]) -> Result<Option<Vec<Uuid>>> {
        use customers::Column as C;
        match filter.field.name {
            "email" => {
                let emails: Vec<String> = texts_of(filter).collect();
                let emails = emails.iter().map(String::as_str);
                let of_emails =
                    scope::customers_with_emails(self.service.store.backend(), self.account, emails)?;
                self.ids(customers::Entity::find().filter(of_emails)).await
            }
            "organizationId" => {
                // By the organization alone, which is of one account.
                let found = customers::Entity::find().filter(C::OrganizationId.is_in(ids_of(filter)));
                self.ids(found).await
            }
            "name" => self.with_name(filter).await,
            "tag" | "tags" => self.with_tags(filter).await,
            "metadata.key" => self.with_metadata(filter, all).await,
            "productId" => self.with_products(filter).await,
            _ => Ok(None),
        }
    }

    async fn ids(&self, find: Select<customers::Entity>) -> Result<Option<Vec<Uuid>>> {
        let find = find.select_only().column(customers::Column::Id).limit(MOST);
        let found: Vec<Uuid> = find.into_tuple().all(self.service.store.list_reader()).await?;
        Ok(unless_too_many(found))
    }

    async fn with_tags(&self, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
        let keys = texts_of(filter).map(|text| text_key::key(&text));
        let of_names = tags::Entity::find()
            .select_only()
            .column(tags::Column::Id)
            .filter(tags::Column::AccountId.eq(self.account.0))
            .filter(tags::Column::NameKey.is_in(keys));
        let tags: Vec<Uuid> = of_names.into_tuple().all(self.service.store.list_reader()).await?;
        let sql = |condition: &str| {
            format!("SELECT customer_id AS id FROM customer_tags WHERE {condition} LIMIT {MOST}")
        };
        self.of_objects("tag_id", tags, sql).await
    }

    async fn with_products(&self, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
        use licenses::Column as L;
        let mut found = Vec::new();
        for product in ids_of(filter) {
            let customers: Vec<Option<Uuid>> = licenses::Entity::find()
                .select_only()
                .column(L::CustomerId)
                .filter(L::AccountId.eq(self.account.0))
                .filter(L::ProductId.eq(product))
                .limit(MOST)
                .into_tuple()
                .all(self.service.store.list_reader())
                .await?;
            if customers.len() > MAX_ROWS_READ {
                return Ok(None);
            }
            found.extend(customers.into_iter().flatten());
        }
        Ok(unless_too_many(found))
    }

    /// Finds customers by the name of a field, and by its value if the filters tell one.
    async fn with_metadata(&self, filter: &Filter, all: &[Filter]) -> Result<Option<Vec<Uuid>>> {
        use customer_metadata::Column as M;
        let mut find = customer_metadata::Entity::find()
            .select_only()
            .column(M::CustomerId)
            .filter(M::AccountId.eq(self.account.0))
            .filter(M::KeyLower.is_in(texts_of(filter).map(|text| text_key::key(&text))));
        let is_of_value = |f: &&Filter| {
            f.field.name == "metadata.value" && matches!(f.operator, Operator::Equal | Operator::In)
        };
        if let Some(value) = all.iter().find(is_of_value) {
            find = find.filter(M::ValueLower.is_in(texts_of(value).map(|text| text_key::bounded_key(&text))));
        }
        let found: Vec<Uuid> = find.limit(MOST).into_tuple().all(self.service.store.list_reader()).await?;
        Ok(unless_too_many(found))
    }

    /// Finds customers by the term of the whole name.
    async fn with_name(&self, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
        let names: Vec<String> =
            texts_of(filter).map(|name| fold_name(&name).trim_end().to_owned()).collect();
        match &names[..] {
            [name] if !name.is_empty() => self.with_terms(&[name]).await,
            _ => Ok(None),
        }
    }

    /// Finds customers with a search term that begins with one of the meanings of a word.
    pub(super) async fn with_terms(&self, meanings: &[&str]) -> Result<Option<Vec<Uuid>>> {
        let mut found = Vec::new();
        for meaning in meanings {
            let sql = format!(
                "SELECT customer_id AS id FROM customer_terms WHERE account_id = $1 AND term >= $2 AND term < $3 \
                 ORDER BY term, customer_id LIMIT {MOST}"
            );
            let end = format!("{meaning}\u{10FFFF}");
            let values = [self.account.0.into(), (*meaning).into(), end.into()];
            found.extend(self.read_ids(sql, values).await?);
        }
        Ok(unless_too_many(found))
    }

    async fn of_objects(
        &self,
        column: &'static str,
        objects: Vec<Uuid>,
        sql: impl Fn(&str) -> String,
    ) -> Result<Option<Vec<Uuid>>> {
        let mut found = Vec::new();
        for object in objects {
            found.extend(self.read_ids(sql(&format!("{column} = $1")), [object.into()]).await?);
        }
        Ok(unless_too_many(found))
    }

    async fn read_ids(&self, sql: String, values: impl IntoIterator<Item = Value>) -> Result<Vec<Uuid>> {
        #[derive(FromQueryResult)]
        struct IdRow {
            id: Uuid,
        }
        let store = &self.service.store;
        let statement = Statement::from_sql_and_values(store.backend(), sql, values);
        let rows = IdRow::find_by_statement(statement).all(store.list_reader()).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}

/// Returns the texts that a filter compares with.
fn texts_of(filter: &Filter) -> impl Iterator<Item = String> {
    filter.values.iter().filter_map(|value| match value {
        FilterValue::Text(text) => Some(text.clone()),
        _ => None,
    })
}

/// Returns the ids, each once. `None` if more rows were found than a list reads: the others are then unknown.
fn unless_too_many(ids: Vec<Uuid>) -> Option<Vec<Uuid>> {
    if ids.len() > MAX_ROWS_READ {
        return None;
    }
    let unique: HashSet<Uuid> = ids.into_iter().collect();
    Some(unique.into_iter().collect())
}
