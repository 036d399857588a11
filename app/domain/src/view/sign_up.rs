//! Links with which sellers sign up.

use serde::{Deserialize, Serialize};

use super::MailStatus;
use crate::{SellerInvitationId, Timestamp};

/// A link to sign up, as its holder sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpLinkView {
    /// Why the link cannot be used. `None` if it can.
    pub refusal: Option<String>,
    /// The name of the operator who invited the person. `None` if the person asked for the link.
    pub invited_by: Option<String>,
    /// The e-mail address: the invited one, if given, or the one that the link proves.
    pub email: Option<String>,
    /// Whether the link proves the address, so that the account gets this one.
    pub is_address_proved: bool,
    /// When the link expires.
    pub expires_at: Timestamp,
}

/// An open invitation of a new seller in the operator's list, without its link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerInvitationRow {
    /// The invitation's id.
    pub id: SellerInvitationId,
    /// The invited person's e-mail address, if given.
    pub email: Option<String>,
    /// The name of the operator who invited the person.
    pub invited_by: String,
    /// When the invitation expires.
    pub expires_at: Timestamp,
    /// The mail with the link, if one was asked for.
    pub mail: Option<MailStatus>,
}
