//! Read models of connections, prices and events.

use domain::license::Limit;
use domain::purchase::{ShopOutcome, ShopProvider, ShopReaction};
use domain::view::{ShopConnectionView, ShopEventRow};
use domain::{FieldError, LicenseId, Period, ProductId, ShopConnectionId, ShopEventId, Timestamp};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::store::convert;
use crate::store::entity::shop_connections;
use crate::{Error, Result, random};

/// The stored words of a connection.
pub(super) struct Words {
    pub provider: ShopProvider,
    pub on_payment_failed: ShopReaction,
    pub on_refund: ShopReaction,
    pub on_cancellation: ShopReaction,
}

impl Words {
    /// Parses the words of a row.
    pub fn of(row: &shop_connections::Model) -> Result<Self> {
        let unknown = |e: FieldError| Error::Internal(format!("shop {}: {e}", row.id));
        Ok(Self {
            provider: row.provider.parse().map_err(unknown)?,
            on_payment_failed: row.on_payment_failed.parse().map_err(unknown)?,
            on_refund: row.on_refund.parse().map_err(unknown)?,
            on_cancellation: row.on_cancellation.parse().map_err(unknown)?,
        })
    }
}

/// Converts a connection.
pub(super) fn connection(row: &shop_connections::Model, product_name: &str) -> Result<ShopConnectionView> {
    let Words { provider, on_payment_failed, on_refund, on_cancellation } = Words::of(row)?;
    Ok(ShopConnectionView {
        id: ShopConnectionId(row.id),
        name: row.name.clone(),
        provider,
        product: ProductId(row.product_id),
        product_name: product_name.to_owned(),
        secret_last_four: row.secret_last_four.clone(),
        issues_unmapped: row.issues_unmapped,
        on_payment_failed,
        on_refund,
        on_cancellation,
        grace_days: convert::to_count(row.grace_days),
        sends_keys: row.sends_keys,
        accepts_test_events: row.accepts_test_events,
        created_at: Timestamp::from_millis(row.created_at),
    })
}

/// The columns of an event without its payload.
#[derive(FromQueryResult)]
pub(super) struct EventSummary {
    pub id: Uuid,
    pub event_id: String,
    pub name: String,
    pub outcome: String,
    pub detail: Option<String>,
    pub license_id: Option<Uuid>,
    pub is_test: bool,
}

/// Converts an event. Its id holds the time of its arrival. An outcome that this version does not know was stored by a
/// node of a later one: the log stays readable, and no member repeats the event here.
pub(super) fn event(row: EventSummary) -> ShopEventRow {
    let (outcome, detail) = if let Ok(outcome) = row.outcome.parse::<ShopOutcome>() {
        (outcome, row.detail)
    } else {
        let detail = format!("A later version of this server has stored the outcome “{}”.", row.outcome);
        (ShopOutcome::Unchanged, Some(detail))
    };
    ShopEventRow {
        id: ShopEventId(row.id),
        name: row.name,
        event_id: row.event_id,
        is_test: row.is_test,
        outcome,
        detail,
        license: row.license_id.map(LicenseId),
        received_at: random::time_of_id(row.id),
    }
}

/// Returns a stored limit of a price: -1 is unlimited.
pub(super) fn limit(stored: Option<i32>) -> Option<Limit> {
    stored.map(|slots| Limit::from_signed(i64::from(slots)))
}

/// Returns a stored period of a price.
pub(super) fn validity(stored: Option<&str>) -> Option<Period> {
    stored.and_then(|text| text.parse().ok())
}
