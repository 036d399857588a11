//! The toast of the form that was submitted before this page load.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{Toast, Undo};
use crate::Flash;
use crate::context;
use crate::server_fn::api_token::RevokeApiToken;
use crate::server_fn::license::{
    ChangeLimit, FreeActivation, ReinstateLicense, RenewLicense, RevokeLicense, SuspendLicense,
};
use crate::server_fn::license_page::{
    AllowDomain, MoveDomain, RetireFormerKeys, SetLicenseMetadata, SetLicenseNotes, TransferLicense,
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
        FreeActivation::PATH => ("The slot is free.", None),
        AllowDomain::PATH => ("The license is active on the domain.", None),
        MoveDomain::PATH => ("The domain is moved.", None),
        TransferLicense::PATH => ("The license is transferred.", None),
        SetLicenseNotes::PATH => ("The notes are saved.", None),
        SetLicenseMetadata::PATH => ("The metadata is saved.", None),
        RetireFormerKeys::PATH => ("The former key has ended.", None),
        RevokeApiToken::PATH => ("The token is withdrawn.", None),
        RotateKey::PATH => ("New tokens are signed with a new key.", None),
        RetireKey::PATH => ("The key is retired.", None),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_suspension_is_undone_by_reinstating_the_same_license() {
        let values = BTreeMap::from([("id".to_owned(), "7".to_owned())]);
        let flash = Flash { path: SuspendLicense::PATH.to_owned(), error: None, values };
        let (_, undo) = outcome(&flash).expect("a toast");
        let undo = undo.expect("an undo");
        assert_eq!((undo.to, undo.fields), (ReinstateLicense::PATH, vec![("id", "7".to_owned())]));
    }
}
