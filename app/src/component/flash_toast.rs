//! The toast of the form that was submitted before this page load.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{Toast, Undo};
use crate::Flash;
use crate::context;
use crate::server_fn::api_token::RevokeApiToken;
use crate::server_fn::customer_mail::{
    ChangeCustomerMail, ResetMailTemplate, SaveMailTemplate, SendTemplateSample, SetProductReminders,
};
use crate::server_fn::license::{
    ChangeLimit, FreeActivation, ReinstateLicense, RenewLicense, RevokeLicense, SuspendLicense,
};
use crate::server_fn::license_page::{
    AllowDomain, MoveDomain, RetireFormerKeys, SetLicenseMetadata, SetLicenseNotes, TransferLicense,
};
use crate::server_fn::license_rules::SetMetadataReaders;
use crate::server_fn::mail::{RetryMail, SendLicenseKey, SendTestMail};
use crate::server_fn::member::{ChangeRole, RemoveMember, TransferOwnership, WithdrawInvitation};
use crate::server_fn::operator::{ReinstateSeller, SuspendSeller, WithdrawSellerInvitation};
use crate::server_fn::own_account::{
    BeginSecondFactor, ChangePassword, DisableSecondFactor, EndOtherSessions, EndSession, RenameUser,
    RequireSecondFactor,
};
use crate::server_fn::product::{RetireKey, RotateKey};

/// The region of toasts. It is in each page, so that screen readers announce what is put into it.
#[component]
pub fn FlashToast() -> impl IntoView {
    let toast = context::flash().filter(|flash| flash.error.is_none()).and_then(|flash| {
        let (message, undo) = outcome(&flash)?;
        Some(view! { <Toast message undo/> })
    });
    view! { <div class="toasts" id="toasts" role="status">{toast}</div> }
}

/// Returns the message of a form that succeeded, and the form that undoes it. Forms that show their success
/// elsewhere have none.
fn outcome(flash: &Flash) -> Option<(&'static str, Option<Undo>)> {
    let id = || flash.values.get("id").cloned();
    Some(match flash.path.as_str() {
        SuspendLicense::PATH => {
            let undo = id().map(|id| Undo { to: ReinstateLicense::url(), fields: vec![("id", id)] });
            ("The license is suspended.", undo)
        }
        ReinstateLicense::PATH => ("The license is reinstated.", None),
        RenewLicense::PATH => ("The expiry is changed.", None),
        ChangeLimit::PATH => ("The limits are changed.", None),
        RevokeLicense::PATH => ("The license is revoked.", None),
        FreeActivation::PATH => ("The slot is free.", restore_domain(flash)),
        AllowDomain::PATH => ("The license is active on the domain.", None),
        MoveDomain::PATH => ("The domain is moved.", None),
        TransferLicense::PATH => ("The license is transferred.", None),
        SetLicenseNotes::PATH => ("The notes are saved.", None),
        SetLicenseMetadata::PATH => ("The metadata is saved.", None),
        SetMetadataReaders::PATH => ("It is saved who sees the metadata.", None),
        RetireFormerKeys::PATH => ("The former key has ended.", None),
        SendLicenseKey::PATH => ("The mail with the key is queued.", None),
        RetryMail::PATH => ("The mail is queued again.", None),
        SendTestMail::PATH | SendTemplateSample::PATH => ("The test mail is queued.", None),
        ChangeCustomerMail::PATH | SetProductReminders::PATH => ("The settings are saved.", None),
        SaveMailTemplate::PATH => ("The template is saved.", None),
        ResetMailTemplate::PATH => ("Customers get the default text.", None),
        RevokeApiToken::PATH => ("The token is withdrawn.", None),
        ChangeRole::PATH => ("The role is changed.", None),
        RemoveMember::PATH => ("The member is removed.", None),
        TransferOwnership::PATH => ("The ownership is transferred. You are an admin now.", None),
        WithdrawInvitation::PATH | WithdrawSellerInvitation::PATH => ("The invitation is withdrawn.", None),
        RenameUser::PATH => ("The name is saved.", None),
        ChangePassword::PATH => ("The password is changed. All other browsers are signed out.", None),
        BeginSecondFactor::PATH => ("Add the account to your app now.", None),
        DisableSecondFactor::PATH => ("Two-factor sign-in is off.", None),
        EndSession::PATH => ("The browser is signed out.", None),
        EndOtherSessions::PATH => ("All other browsers are signed out.", None),
        RequireSecondFactor::PATH => ("The sign-in rule is saved.", None),
        SuspendSeller::PATH => ("The seller is suspended.", None),
        ReinstateSeller::PATH => ("The seller is reinstated.", None),
        RotateKey::PATH => ("New tokens are signed with a new key.", None),
        RetireKey::PATH => ("The key is retired.", None),
        _ => return None,
    })
}

/// Returns the form that activates a freed domain again, within the limit of its license. A machine activates
/// again by itself, because only its app has its fingerprint.
fn restore_domain(flash: &Flash) -> Option<Undo> {
    let value = |name: &str| flash.values.get(name).cloned();
    let (license, domain) = value("license").zip(value("domain"))?;
    let fields = vec![("id", license), ("domain", domain), ("keep_limit", "on".to_owned())];
    Some(Undo { to: AllowDomain::url(), fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the undo of a form that succeeded: its path and its fields.
    fn undo_of(path: &str, values: &[(&str, &str)]) -> Option<(&'static str, Vec<(&'static str, String)>)> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (_, undo) = outcome(&Flash { path: path.to_owned(), error: None, values }).expect("a toast");
        undo.map(|undo| (undo.to, undo.fields))
    }

    #[test]
    fn a_suspension_is_undone_by_reinstating_the_same_license() {
        let undo = undo_of(SuspendLicense::PATH, &[("id", "7")]);
        assert_eq!(undo, Some((ReinstateLicense::PATH, vec![("id", "7".to_owned())])));
    }

    #[test]
    fn a_freed_domain_is_activated_again_within_the_limit() {
        let undo = undo_of(FreeActivation::PATH, &[("license", "7"), ("domain", "a.com")]);
        let fields = [("id", "7"), ("domain", "a.com"), ("keep_limit", "on")];
        let fields = fields.map(|(name, value)| (name, value.to_owned())).to_vec();
        assert_eq!(undo, Some((AllowDomain::PATH, fields)));
    }

    #[test]
    fn a_freed_machine_has_no_undo() {
        assert_eq!(undo_of(FreeActivation::PATH, &[("license", "7")]), None);
    }
}
