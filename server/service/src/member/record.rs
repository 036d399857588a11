//! Members as the management API reads them. Nothing of the API changes them.

use std::collections::HashMap;

use domain::filter::{CappedCount, Cell, FilterRow, ListPage, ListRequest, matches};
use domain::permission::{Permission, Role};
use domain::{AccountId, PersonName, Timestamp, UserId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, RelationTrait as _, Select,
};
use uuid::Uuid;

use crate::listing::SearchWords;
use crate::store::entity::{memberships, users};
use crate::{Actor, Error, Result, Service};

/// Members of an account that are read at most.
const MAX_MEMBERS: u64 = 1_000;

#[derive(FromQueryResult)]
struct MemberOfAccount {
    id: Uuid,
    name: String,
    email: String,
    role: String,
    created_at: i64,
    updated_at: i64,
    last_sign_in_at: Option<i64>,
    totp_confirmed_at: Option<i64>,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// The user's id.
    pub id: UserId,
    /// The name.
    pub name: PersonName,
    /// The e-mail address.
    pub email: String,
    /// The role.
    pub role: Role,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
    /// When the member last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Whether the sign-in has a second factor.
    pub has_second_factor: bool,
}

impl FilterRow for MemberRecord {
    fn cells(&self, field: &str) -> Vec<Cell> {
        match field {
            "id" => vec![Cell::Id(self.id.0)],
            "createdAt" => vec![Cell::Time(self.created_at)],
            "updatedAt" => vec![Cell::Time(self.updated_at)],
            "lastSeenAt" => self.last_sign_in_at.map(Cell::Time).into_iter().collect(),
            "email" => vec![Cell::Text(self.email.clone())],
            "name" => vec![Cell::Text(self.name.joined())],
            "company" => vec![Cell::Text(String::new())],
            "role" => vec![Cell::Text(self.role.as_str().to_owned())],
            _ => Vec::new(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Returns a page of the members of the account.
///
/// # Errors
/// Returns an error of the field `after` if it names no member, or an error if the role lacks the permission or the
/// database fails.
#[tracing::instrument(name = "member.list_records", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_records(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
) -> Result<ListPage<MemberRecord>> {
    actor.require(Permission::Read)?;
    let find = of_account(actor.account).order_by_asc(memberships::Column::UserId).limit(MAX_MEMBERS);
    let rows = find.into_model::<MemberOfAccount>().all(service.store.read()).await?;
    let words = SearchWords::parse(request.search.as_deref());
    let is_wanted = |member: &MemberRecord| is_found(member, &words) && matches(&request.filters, member);
    let mut members: Vec<MemberRecord> = rows.into_iter().filter_map(record).collect();
    let sort = request.sort;
    members.sort_by_cached_key(|member| match sort.field {
        "name" => (member.name.joined(), 0, member.id),
        "email" => (member.email.clone(), 0, member.id),
        "updatedAt" => (String::new(), member.updated_at.millis(), member.id),
        _ => (String::new(), member.created_at.millis(), member.id),
    });
    if sort.descending {
        members.reverse();
    }
    let total = members.iter().filter(|member| is_wanted(member)).count();
    if let Some(after) = request.after {
        // The row need not meet the filters, as in the other lists.
        let at = members.iter().position(|member| member.id.0 == after);
        let at = at.ok_or_else(|| Error::invalid("after", "This list has no object with this id."))?;
        members.drain(..=at);
    }
    members.retain(is_wanted);
    let total = request.count.then(|| CappedCount::new(total as u64));
    Ok(ListPage { total, ..ListPage::of_all(members, request) })
}

fn is_found(member: &MemberRecord, words: &SearchWords) -> bool {
    let name = member.name.joined();
    let terms = domain::folding::customer_terms(Some(&name), Some(&member.email));
    words.is_empty() || words.are_found_in(member.id.0, &terms)
}

/// Loads members of the account by one statement. Missing ones are left out.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn load_records(
    db: &impl ConnectionTrait,
    account: AccountId,
    users: Vec<Uuid>,
) -> Result<HashMap<Uuid, MemberRecord>> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let find = of_account(account).filter(memberships::Column::UserId.is_in(users));
    let found = find.into_model::<MemberOfAccount>().all(db).await?;
    Ok(found.into_iter().filter_map(record).map(|member| (member.id.0, member)).collect())
}

fn of_account(account: AccountId) -> Select<memberships::Entity> {
    memberships::Entity::find()
        .filter(memberships::Column::AccountId.eq(account.0))
        .select_only()
        .columns([
            users::Column::Id,
            users::Column::Name,
            users::Column::Email,
            users::Column::CreatedAt,
            users::Column::UpdatedAt,
            users::Column::TotpConfirmedAt,
        ])
        .columns([memberships::Column::Role, memberships::Column::LastSignInAt])
        .join(JoinType::InnerJoin, memberships::Relation::User.def())
}

/// Converts a membership with its user. A role of a later version is skipped.
fn record(row: MemberOfAccount) -> Option<MemberRecord> {
    Some(MemberRecord {
        id: UserId(row.id),
        name: PersonName::split(&row.name),
        email: row.email,
        role: row.role.parse().ok()?,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        last_sign_in_at: row.last_sign_in_at.map(Timestamp::from_millis),
        has_second_factor: row.totp_confirmed_at.is_some(),
    })
}
