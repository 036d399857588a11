//! The mails of the last hour, for limits.

use domain::Timestamp;
use domain::mail::MailKind;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _, Select,
};
use uuid::Uuid;

use crate::store::entity::mails;
use crate::{Result, random};

const HOUR_MS: i64 = 3_600_000;

/// Returns the mails of these kinds that were queued within an hour before `now`.
pub(crate) fn of_last_hour(kinds: &[MailKind], now: Timestamp) -> Select<mails::Entity> {
    mails::Entity::find()
        .filter(mails::Column::Id.gte(random::first_id_at(now.plus_millis(-HOUR_MS))))
        .filter(mails::Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())))
}

/// Returns whether there are at least so many of these mails.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn are_at_least(
    db: &impl ConnectionTrait,
    mails: Select<mails::Entity>,
    limit: usize,
) -> Result<bool> {
    let find = mails.select_only().column(mails::Column::Id).limit(limit as u64);
    let found: Vec<Uuid> = find.into_tuple().all(db).await?;
    Ok(found.len() >= limit)
}
