//! Licenses whose event is due the same time before their expiry.
//!
//! Most licenses follow their product, and most products have the default. Licenses with an offset of their own
//! have an index of their own, so that a long offset of one license does not make a round read them all.

use std::collections::BTreeMap;

use domain::license_rules::{DEFAULT_EXPIRING_SOON_SECONDS, LicenseRules, RuleOverrides};
use domain::webhook::{DueExpiries, WebhookEvent};
use domain::{AccountId, Timestamp};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, DatabaseBackend, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use crate::store::entity::{licenses, products};
use crate::store::row_values::{ColumnType, in_rows, row};
use crate::{Result, Service};

/// The condition of the partial index of licenses with an offset of their own, word for word.
const HAS_OWN_OFFSET: &str = r#"rules LIKE '%"expiring_soon":%'"#;

/// The licenses of a group.
enum Licenses {
    /// All of the account.
    All,
    /// Those that follow their product: of these products, or of all.
    Following(Option<Vec<Uuid>>),
    /// Those with an offset of their own.
    WithOwnOffset,
}

/// Licenses of an account, and the event that is due.
pub(super) struct Group {
    pub due: DueExpiries,
    licenses: Licenses,
}

/// A license whose expiry has no mark of the event.
pub(super) struct Expiry {
    pub id: Uuid,
    pub expires_at: i64,
    pub updated_at: i64,
    /// The event and its offset.
    pub due: DueExpiries,
}

impl Group {
    /// Returns the groups of an account for an event.
    pub async fn all(
        service: &Service,
        account: AccountId,
        event: WebhookEvent,
        now: Timestamp,
    ) -> Result<Vec<Self>> {
        if event == WebhookEvent::LicenseExpired {
            return Ok(vec![Self { due: DueExpiries::expired(now), licenses: Licenses::All }]);
        }
        let rows: Vec<(Uuid, Option<String>)> = products::Entity::find()
            .select_only()
            .columns([products::Column::Id, products::Column::Rules])
            .filter(products::Column::AccountId.eq(account.0))
            .into_tuple()
            .all(service.store.list_reader())
            .await?;
        let mut by_offset: BTreeMap<u32, Vec<Uuid>> = BTreeMap::new();
        for (product, rules) in rows {
            let offset = LicenseRules::from_storage(rules.as_deref()).expiring_soon;
            by_offset.entry(offset).or_default().push(product);
        }
        let is_one = by_offset.len() == 1;
        let following = |(offset, products): (u32, Vec<Uuid>)| Self {
            due: DueExpiries::soon(now, offset),
            licenses: Licenses::Following(Some(products).filter(|_| !is_one)),
        };
        let mut groups: Vec<Self> = by_offset.into_iter().map(following).collect();
        groups.push(Self { due: DueExpiries::soon(now, u32::MAX), licenses: Licenses::WithOwnOffset });
        Ok(groups)
    }

    /// Reads licenses whose expiry has no mark of the event, those that expire first before the others.
    pub async fn unmarked(&self, service: &Service, account: AccountId, limit: u64) -> Result<Vec<Expiry>> {
        use licenses::Column as L;
        let (backend, due) = (service.store.backend(), self.due);
        // A scalar subquery, so that PostgreSQL looks up one mark for each license.
        let is_unmarked = format!(
            "(SELECT 1 FROM license_expiry_events AS e WHERE e.expires_at = licenses.expires_at \
             AND e.license_id = licenses.id AND e.event = '{}') IS NULL",
            due.event
        );
        // The expressions of the two indexes, each as it stands there.
        let expires_at = if matches!(self.licenses, Licenses::WithOwnOffset) {
            Expr::col(L::ExpiresAt)
        } else {
            Expr::cust("COALESCE(expires_at, 9223372036854775807)")
        };
        let mut find = licenses::Entity::find()
            .select_only()
            .columns([L::Id, L::ExpiresAt, L::UpdatedAt, L::Rules])
            .filter(L::AccountId.eq(account.0))
            .filter(expires_at.clone().gt(due.after.millis()))
            .filter(expires_at.clone().lte(due.until.millis()))
            .filter(L::State.ne("revoked"))
            .filter(Expr::cust(is_unmarked));
        for condition in self.conditions(backend)? {
            find = find.filter(condition);
        }
        let rows: Vec<(Uuid, i64, i64, Option<String>)> = find
            .order_by_asc(expires_at)
            .order_by_asc(L::Id)
            .limit(limit)
            .into_tuple()
            .all(service.store.list_reader())
            .await?;
        let has_own = matches!(self.licenses, Licenses::WithOwnOffset);
        let expiry = |(id, expires_at, updated_at, rules): (Uuid, i64, i64, Option<String>)| {
            let own = RuleOverrides::from_storage(rules.as_deref()).expiring_soon.filter(|_| has_own);
            let due = own.map_or(due, |own| DueExpiries::soon(due.after, own));
            Expiry { id, expires_at, updated_at, due }
        };
        Ok(rows.into_iter().map(expiry).collect())
    }

    fn conditions(&self, backend: DatabaseBackend) -> Result<Vec<SimpleExpr>> {
        Ok(match &self.licenses {
            Licenses::All => Vec::new(),
            Licenses::Following(products) => {
                let mut conditions = vec![Expr::cust(format!("(rules IS NULL OR NOT {HAS_OWN_OFFSET})"))];
                if let Some(products) = products {
                    let rows: Vec<_> = products.iter().map(|product| row![*product]).collect();
                    conditions.push(in_rows(backend, &[("product_id", ColumnType::Uuid)], &rows)?);
                }
                conditions
            }
            Licenses::WithOwnOffset => {
                let own = if backend == DatabaseBackend::Sqlite {
                    "json_extract(rules, '$.expiring_soon')"
                } else {
                    "(rules::jsonb ->> 'expiring_soon')::bigint"
                };
                let (now, default) = (self.due.after.millis(), DEFAULT_EXPIRING_SOON_SECONDS);
                vec![
                    Expr::cust(HAS_OWN_OFFSET),
                    Expr::cust(format!("expires_at <= {now} + COALESCE({own}, {default}) * 1000")),
                ]
            }
        })
    }
}
