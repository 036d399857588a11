//! New rows of accounts.

use domain::AccountId;
use domain::bounded_text::Name;
use domain::product::Slug;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};

use crate::error::is_duplicate;
use crate::store::WriteTxn;
use crate::store::entity::accounts;
use crate::{Error, Result, new_id};

/// Returns the slugs that an account of this name may have, the first choice first.
pub(super) fn slugs(name: &Name) -> impl Iterator<Item = String> {
    let suggested = Slug::suggest(name.as_str(), "account").to_string();
    (1..1000).map(move |n| if n == 1 { suggested.clone() } else { format!("{suggested}-{n}") })
}

/// Finds the account with this slug.
pub(super) async fn find_by_slug(txn: &WriteTxn, slug: &str) -> Result<Option<accounts::Model>> {
    Ok(accounts::Entity::find().filter(accounts::Column::Slug.eq(slug)).one(txn.conn()).await?)
}

/// Inserts an account with a slug of its own, also if other accounts have the name.
///
/// # Errors
/// Returns an error of the field `account` if all slugs of the name are in use, [`Error::Conflict`] if another
/// request takes the slug at the same moment, or another [`Error`] if the database fails.
pub(super) async fn insert_with_free_slug(txn: &WriteTxn, name: &Name) -> Result<AccountId> {
    for slug in slugs(name) {
        if find_by_slug(txn, &slug).await?.is_none() {
            return insert(txn, name, slug).await;
        }
    }
    Err(no_free_slug())
}

/// Inserts an account.
///
/// # Errors
/// Returns [`Error::Conflict`] if the slug was taken meanwhile, or another [`Error`] if the database fails.
pub(super) async fn insert(txn: &WriteTxn, name: &Name, slug: String) -> Result<AccountId> {
    let row = accounts::ActiveModel {
        id: Set(new_id()),
        slug: Set(slug),
        name: Set(name.to_string()),
        created_at: Set(txn.now().millis()),
        requires_second_factor: Set(false),
        suspended_at: Set(None),
        suspension_reason: Set(None),
        apps_stopped: Set(false),
        page_name: Set(None),
        page_logo: Set(None),
        page_color: Set(None),
    };
    match row.insert(txn.conn()).await {
        Err(e) if is_duplicate(&e) => {
            let text = "An account of this name was made at the same moment. Please try again.";
            Err(Error::Conflict(text.into()))
        }
        other => Ok(AccountId(other?.id)),
    }
}

/// The error of a name that too many accounts have.
pub(super) fn no_free_slug() -> Error {
    Error::invalid("account", "Too many accounts have a name like this one.")
}
