//! Texts of all mails that are not made from a template. They are plain text and HTML; no mail loads a
//! picture or counts its readers.

use domain::Timestamp;
use domain::locale::Texts;
use domain::permission::Role;

use super::content::Content;

/// The page of the user's own account.
const ACCOUNT_PATH: &str = "/account";
/// The page that asks for the link of a new password.
const LOST_PASSWORD_PATH: &str = "/sign-in/reset";
/// The start of the path in the link of an invitation. The token follows.
const INVITATION_PATH: &str = "/invitations/";
/// The start of the path in the link that sets a new password. The token follows.
const RESET_PATH: &str = "/reset/";
/// The start of the path in the link with which a seller signs up. The token follows.
const SIGN_UP_PATH: &str = "/sign-up/";
/// The page to sign in.
const SIGN_IN_PATH: &str = "/sign-in";

/// The link of an invitation.
pub(crate) struct InvitationText<'a> {
    pub account: &'a str,
    pub invited_by: &'a str,
    pub role: Role,
    pub token: &'a str,
    pub expires_at: Timestamp,
}

impl InvitationText<'_> {
    /// Returns the content. `origin` is the public address of this instance.
    pub fn content(&self, origin: &str) -> Content {
        let Self { account, invited_by, role, token, expires_at } = self;
        Content::new(format!("Invitation to {account}"))
            .text(format!(
                "{invited_by} invites you to {account} as {}: {}.",
                role.label(),
                role.description()
            ))
            .link("Accept the invitation", format!("{origin}{INVITATION_PATH}{token}"))
            .text(format!("The link works once, until {} (UTC).", minute(*expires_at)))
            .text("If you did not expect this invitation, ignore this mail.")
    }
}

/// Returns the content with the link that sets a new password.
pub(crate) fn password_reset(origin: &str, token: &str) -> Content {
    Content::new("Set a new password")
        .text(format!("A new password was asked for, for your sign-in at {origin}."))
        .link("Set a new password", format!("{origin}{RESET_PATH}{token}"))
        .text("The link works once, for an hour. Two-factor sign-in stays as it is.")
        .text("If you did not ask for it, ignore this mail. Your password stays as it is.")
}

/// Returns the content with the link with which a person signs up as a seller.
pub(crate) fn sign_up(origin: &str, token: &str) -> Content {
    Content::new("Create your account")
        .text(format!("An account for a seller was asked for at {origin}, with this address."))
        .link("Create the account", format!("{origin}{SIGN_UP_PATH}{token}"))
        .text("The link works once, for a day.")
        .text("If you did not ask for it, ignore this mail. No account is made.")
}

/// Returns the notice that a sign-up was asked for with the address of a user.
pub(crate) fn sign_up_known(origin: &str, email: &str) -> Content {
    Content::new("You have an account already")
        .text(format!("An account for a seller was asked for at {origin}. {email} has a sign-in already."))
        .link("Sign in", format!("{origin}{SIGN_IN_PATH}"))
        .link("If you lost the password, set a new one", format!("{origin}{LOST_PASSWORD_PATH}"))
        .text("If you did not ask for it, ignore this mail. Nothing was changed.")
}

/// Returns the content with the link of an operator's invitation to a new seller.
pub(crate) fn seller_invitation(
    origin: &str,
    invited_by: &str,
    token: &str,
    expires_at: Timestamp,
) -> Content {
    Content::new("Invitation to create an account")
        .text(format!("{invited_by} invites you to create an account for a seller at {origin}."))
        .link("Create the account", format!("{origin}{SIGN_UP_PATH}{token}"))
        .text(format!("The link works once, until {} (UTC).", minute(expires_at)))
        .text("If you did not expect this invitation, ignore this mail.")
}

/// Returns the notice of a sign-in from a new browser.
pub(crate) fn new_browser(
    origin: &str,
    email: &str,
    browser: &str,
    address: Option<&str>,
    at: Timestamp,
) -> Content {
    let from = address.unwrap_or("an unknown address");
    Content::new("Sign-in from a new browser")
        .text(format!("{email} signed in at {origin} with a browser that was not used before."))
        .text(format!("Browser: {browser}\nAddress: {from}\nTime: {} (UTC)", minute(at)))
        .text("If this was you, there is nothing to do.")
        .link(
            "If it was not you, change your password, which signs all browsers out",
            format!("{origin}{ACCOUNT_PATH}"),
        )
}

/// Returns the notice of a changed password.
pub(crate) fn password_changed(origin: &str, email: &str, at: Timestamp) -> Content {
    let text = format!("The password of {email} at {origin} was changed at {} (UTC).", minute(at));
    Content::new("Your password was changed")
        .text(format!("{text} All browsers were signed out."))
        .text("If this was you, there is nothing to do.")
        .link("If it was not you, set a new password", format!("{origin}{LOST_PASSWORD_PATH}"))
}

/// Returns the notice of a changed second factor. `change` is a sentence.
pub(crate) fn second_factor_changed(origin: &str, email: &str, change: &str, at: Timestamp) -> Content {
    Content::new("Two-factor sign-in was changed")
        .text(format!("{change} This concerns {email} at {origin}, at {} (UTC).", minute(at)))
        .text("If this was you, there is nothing to do.")
        .link("If it was not you, set a new password", format!("{origin}{LOST_PASSWORD_PATH}"))
}

/// Returns the content with the link that opens the customer's page, in the customer's language.
pub(crate) fn customer_link(texts: &Texts, seller: &str, url: String) -> Content {
    let of_seller = |name| texts.format(name, &[("seller", seller.into())]);
    Content::new(of_seller("link-mail-subject"))
        .language(texts.language())
        .text(of_seller("link-mail-text"))
        .link(&texts.text("link-mail-button"), url)
        .text(texts.text("link-mail-lifetime"))
        .text(texts.text("link-mail-ignore"))
}

/// Returns the content of a test mail.
pub(crate) fn test(origin: &str) -> Content {
    Content::new("Test mail").text(format!("Mails of {origin} arrive at this address."))
}

/// Formats a time to the minute, without the zone.
pub(super) fn minute(at: Timestamp) -> String {
    at.rfc3339().chars().take(16).collect::<String>().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_this_instance() {
        let origin = "https://licenses.example";
        let invitation = InvitationText {
            account: "Maple",
            invited_by: "Ada",
            role: Role::Viewer,
            token: "tok",
            expires_at: Timestamp::from_millis(1_768_473_000_000),
        };
        let text = invitation.content(origin).render().text;
        assert!(text.contains("https://licenses.example/invitations/tok"), "{text}");
        assert!(text.contains("until 2026-01-15 10:30 (UTC)"), "{text}");
        let text = password_reset(origin, "tok").render().text;
        assert!(text.contains("https://licenses.example/reset/tok"), "{text}");
        let text = sign_up(origin, "tok").render().text;
        assert!(text.contains("https://licenses.example/sign-up/tok"), "{text}");
    }
}
