//! The team of an account.

use std::collections::BTreeMap;

use domain::permission::Permission;
use domain::view::{ApiTokenRow, InvitationRow, MemberRow, Team};
use domain::{InvitationId, Timestamp, UserId};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
};
use uuid::Uuid;

use super::invitation;
use super::lock::parse_role;
use crate::store::convert;
use crate::store::entity::{accounts, api_tokens, invitations, memberships, users};
use crate::{Actor, Principal, Result, Service, api_token, mail};

/// Maximum number of members and of tokens listed.
const MAX_ROWS_LISTED: u64 = 1000;

#[derive(FromQueryResult)]
struct MemberOfList {
    user_id: Uuid,
    name: String,
    email: String,
    role: String,
    created_at: i64,
    last_sign_in_at: Option<i64>,
    totp_confirmed_at: Option<i64>,
}

/// Returns the members with their API tokens, and the open invitations, as far as the actor's role allows.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "member.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor) -> Result<Team> {
    actor.require(Permission::Read)?;
    let rows = memberships::Entity::find()
        .filter(memberships::Column::AccountId.eq(actor.account.0))
        .select_only()
        .columns([users::Column::Name, users::Column::Email, users::Column::TotpConfirmedAt])
        .columns([
            memberships::Column::UserId,
            memberships::Column::Role,
            memberships::Column::CreatedAt,
            memberships::Column::LastSignInAt,
        ])
        .join(JoinType::InnerJoin, memberships::Relation::User.def())
        .limit(MAX_ROWS_LISTED)
        .into_model::<MemberOfList>()
        .all(service.store.read())
        .await?;
    let mut tokens = tokens_by_maker(service, actor).await?;
    let own = match &actor.principal {
        Principal::Member { user, .. } => Some(user.0),
        _ => None,
    };
    let mut members = rows
        .into_iter()
        .map(|row| -> Result<MemberRow> {
            Ok(MemberRow {
                user: UserId(row.user_id),
                role: parse_role(&row.role)?,
                joined_at: Timestamp::from_millis(row.created_at),
                last_sign_in_at: convert::to_timestamp(row.last_sign_in_at),
                has_second_factor: row.totp_confirmed_at.is_some(),
                tokens: tokens.remove(&row.user_id).unwrap_or_default(),
                is_self: own == Some(row.user_id),
                name: row.name,
                email: row.email,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    members.sort_by(|a, b| (a.role, &a.name, a.user).cmp(&(b.role, &b.name, b.user)));
    let account = accounts::Entity::find_by_id(actor.account.0).one(service.store.read()).await?;
    Ok(Team {
        members,
        invitations: open_invitations(service, actor).await?,
        requires_second_factor: account.is_some_and(|account| account.requires_second_factor),
    })
}

/// Returns the active tokens by the user who made them. Empty if the actor may not manage tokens.
async fn tokens_by_maker(service: &Service, actor: &Actor) -> Result<BTreeMap<Uuid, Vec<ApiTokenRow>>> {
    let mut by_maker: BTreeMap<Uuid, Vec<ApiTokenRow>> = BTreeMap::new();
    if !actor.allows(Permission::ManageTokens) {
        return Ok(by_maker);
    }
    let rows = api_tokens::Entity::find()
        .filter(api_tokens::Column::AccountId.eq(actor.account.0))
        .filter(api_tokens::Column::RevokedAt.is_null())
        .filter(api_tokens::Column::CreatedBy.is_not_null())
        .order_by_desc(api_tokens::Column::Id)
        .limit(MAX_ROWS_LISTED)
        .all(service.store.read())
        .await?;
    for row in rows {
        if let Some(maker) = row.created_by {
            by_maker.entry(maker).or_default().push(api_token::view(row));
        }
    }
    Ok(by_maker)
}

/// Returns the open invitations, the newest first. Empty if the actor may not manage members.
async fn open_invitations(service: &Service, actor: &Actor) -> Result<Vec<InvitationRow>> {
    if !actor.allows(Permission::ManageMembers) {
        return Ok(Vec::new());
    }
    let rows = invitation::find_pending(actor.account)
        .filter(invitations::Column::ExpiresAt.gt(service.now().millis()))
        .limit(MAX_ROWS_LISTED)
        .all(service.store.read())
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut mails = mail::of_invitations(service.store.read(), &ids).await?;
    let row = |row: invitations::Model| -> Result<InvitationRow> {
        Ok(InvitationRow {
            mail: mails.remove(&row.id),
            id: InvitationId(row.id),
            role: parse_role(&row.role)?,
            name: row.name,
            email: row.email,
            invited_by: row.actor_name,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        })
    };
    rows.into_iter().rev().map(row).collect()
}
