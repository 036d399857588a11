//! Members, invitations, and the accounts of a user.

use serde::{Deserialize, Serialize};

use super::{ApiTokenRow, MailStatus};
use crate::invitation::InvitationState;
use crate::permission::Role;
use crate::{AccountId, InvitationId, Timestamp, UserId};

/// The team of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// The members: owners first, then by name.
    pub members: Vec<MemberRow>,
    /// Open invitations, the newest first. Empty if the actor may not manage members.
    pub invitations: Vec<InvitationRow>,
    /// Whether members must have a second factor.
    pub requires_second_factor: bool,
}

/// A member in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRow {
    /// The user's id.
    pub user: UserId,
    /// The user's name.
    pub name: String,
    /// The user's e-mail address.
    pub email: String,
    /// The role in the account.
    pub role: Role,
    /// When the user joined the account.
    pub joined_at: Timestamp,
    /// The last sign-in, if known.
    pub last_sign_in_at: Option<Timestamp>,
    /// Whether the member has a second factor.
    pub has_second_factor: bool,
    /// The active API tokens that the member made. Empty if the actor may not manage tokens.
    pub tokens: Vec<ApiTokenRow>,
    /// Whether this is the actor.
    pub is_self: bool,
}

/// An open invitation in the list, without its link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRow {
    /// The invitation's id.
    pub id: InvitationId,
    /// The role that the invited person gets.
    pub role: Role,
    /// The invited person's name, if given.
    pub name: Option<String>,
    /// The invited person's e-mail address, if given.
    pub email: Option<String>,
    /// The name of the member who invited the person.
    pub invited_by: String,
    /// When the invitation was made.
    pub created_at: Timestamp,
    /// When the invitation expires.
    pub expires_at: Timestamp,
    /// The mail with the link, if one was asked for.
    pub mail: Option<MailStatus>,
}

/// An invitation as the holder of its link sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    /// The name of the account.
    pub account: String,
    /// The role that the invited person gets.
    pub role: Role,
    /// The name of the member who invited the person.
    pub invited_by: String,
    /// The invited person's name, if given.
    pub name: Option<String>,
    /// The invited person's e-mail address, if given.
    pub email: Option<String>,
    /// When the invitation expires.
    pub expires_at: Timestamp,
    /// Whether it can be accepted.
    pub state: InvitationState,
}

/// An account of the signed-in user, for the switch between accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChoice {
    /// The account's id.
    pub id: AccountId,
    /// The account's name.
    pub name: String,
    /// The user's role in the account.
    pub role: Role,
    /// Whether the session acts in this account.
    pub is_current: bool,
}
