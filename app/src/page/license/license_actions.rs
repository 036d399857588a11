//! Server actions of a license's page.

use leptos::prelude::*;

use crate::component::refetch_trigger;
use crate::server_fn::license::{
    ChangeLimit, FreeActivation, ReinstateLicense, RenewLicense, RevokeLicense, SuspendLicense,
};

/// The actions of a license's page. The page is refetched after each.
#[derive(Clone, Copy)]
pub struct LicenseActions {
    pub suspend: ServerAction<SuspendLicense>,
    pub reinstate: ServerAction<ReinstateLicense>,
    pub revoke: ServerAction<RevokeLicense>,
    pub renew: ServerAction<RenewLicense>,
    pub change_limit: ServerAction<ChangeLimit>,
    pub free: ServerAction<FreeActivation>,
}

impl LicenseActions {
    pub fn new() -> Self {
        Self {
            suspend: ServerAction::new(),
            reinstate: ServerAction::new(),
            revoke: ServerAction::new(),
            renew: ServerAction::new(),
            change_limit: ServerAction::new(),
            free: ServerAction::new(),
        }
    }

    /// Returns a counter that increments with every completed action.
    pub fn version(self) -> Signal<usize> {
        let all = [
            refetch_trigger(self.suspend),
            refetch_trigger(self.reinstate),
            refetch_trigger(self.revoke),
            refetch_trigger(self.renew),
            refetch_trigger(self.change_limit),
            refetch_trigger(self.free),
        ];
        Signal::derive(move || all.iter().map(|count| count.get()).sum())
    }
}
