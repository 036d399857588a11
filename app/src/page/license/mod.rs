//! Page of a license.

mod actions;
mod check;
mod cursors;
mod domains;
mod facts;
mod header;
mod key_mail;
mod machines;
mod metadata;
mod notices;
mod refused;
mod rules;
mod timeline;

use domain::license::{Limit, Standing};
use domain::permission::Permission;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::component::{
    CurrentUserContext, ErrorState, FormMessage, FormState, LivePart, LiveUpdates, PageTitle, Permissions,
};
use crate::context;
use crate::server_fn::license::{
    ChangeLimit, FreeActivation, ReinstateLicense, RenewLicense, RevokeLicense, SuspendLicense,
};
use crate::server_fn::license_page::{
    LicensePage, LicenseParams, MoveDomain, ReplaceLicenseKey, RetireFormerKeys, load_license,
};
use check::Check;
use domains::Domains;
use facts::{Customer, Notes, Terms};
use header::Header;
use key_mail::KeyMail;
use machines::Machines;
use metadata::Metadata;
use notices::Notices;
use refused::Refused;
use rules::Rules;
use timeline::Timeline;

/// The page.
#[component]
pub fn License() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let choices =
        Memo::new(move |_| cursors::from_url(params.read().get("id").unwrap_or_default(), &query.read()));
    let current_user = expect_context::<CurrentUserContext>();
    // A change while the data is loaded gives another version.
    let version = StoredValue::new(context::live_version());
    let page = Resource::new(move || choices.get(), load_license);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let permissions = current_user.permissions().await;
                match page.await {
                    Ok(page) => {
                        let params = choices.get_untracked();
                        view! { <Body page params version=version.get_value() permissions/> }.into_any()
                    }
                    Err(error) => view! { <PageTitle text="License"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Body(
    page: LicensePage,
    params: LicenseParams,
    version: String,
    permissions: Permissions,
) -> impl IntoView {
    let LicensePage { license, timeline, key, answer, mail, notices, sends_mail } = page;
    let (id, standing) = (license.id, license.standing);
    let may_write = permissions.allows(Permission::WriteLicense);
    // The panel of the domain shows the error, unless the domain is not on this page.
    let moved = FormState::of::<MoveDomain>();
    let of_row = moved.initial("activation", String::new());
    let is_shown = standing == Standing::Active
        && license.domains.rows.iter().any(|row| row.id.is_some_and(|id| id.to_string() == of_row));
    let lost_move = (moved.was_rejected() && !is_shown).then(|| view! { <FormMessage form=moved/> });
    // The answer to an app is not rendered again.
    let path = cursors::path(id, &LicenseParams { check: None, ..params.clone() });
    let uses_machines = license.machines_used > 0 || license.machine_limit != Limit::new(0);
    let machines =
        uses_machines.then(|| view! { <Machines license=license.clone() params=params.clone() may_write/> });
    let domains = view! { <Domains license=license.clone() params=params.clone() may_write/> };
    let refused = view! { <Refused license=license.clone() may_write/> };
    let history = view! { <Timeline license=id timeline params/> };
    view! {
        <Header license=license.clone() key permissions/>
        <FormMessage form={FormState::of::<ReinstateLicense>()}/>
        <FormMessage form={FormState::of::<FreeActivation>()}/>
        <FormMessage form={FormState::of::<RetireFormerKeys>()}/>
        {lost_move}
        // Errors of actions whose panels are hidden because the standing does not allow them any more.
        {matches!(standing, Standing::Suspended | Standing::Revoked).then(|| view! { <FormMessage form={FormState::of::<SuspendLicense>()}/> })}
        {(standing == Standing::Revoked).then(|| view! {
            <FormMessage form={FormState::of::<RevokeLicense>()}/>
            <FormMessage form={FormState::of::<ReplaceLicenseKey>()}/>
            <FormMessage form={FormState::of::<RenewLicense>()}/>
            <FormMessage form={FormState::of::<ChangeLimit>()}/>
        })}
        <LiveUpdates topic=format!("license:{id}") version path/>
        <div class="columns">
            <div>
                <Check license=license.clone() answer may_write/>
                <LivePart id="live-domains">{domains}</LivePart>
                <LivePart id="live-machines">{machines}</LivePart>
                <LivePart id="live-refused">{refused}</LivePart>
                <LivePart id="live-history">{history}</LivePart>
            </div>
            <div>
                <Customer license=license.clone() may_write/>
                <KeyMail license=license.clone() mail sends_mail permissions/>
                <Notices notices/>
                <Terms license=license.clone() may_write/>
                <Rules license=license.clone() may_write/>
                <Notes license=license.clone() may_write/>
                <Metadata license may_write/>
            </div>
        </div>
    }
}
