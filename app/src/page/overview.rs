//! Overview page of the account.

use domain::permission::Permission;
use domain::view;
use leptos::prelude::*;

use crate::component::{
    DayChart, EmptyState, ErrorState, LicenseTable, Number, PageTitle, RequirePermission,
};
use crate::server_fn::overview::overview;

/// The overview.
#[component]
pub fn Overview() -> impl IntoView {
    let data = Resource::new_blocking(|| (), |()| overview());
    view! {
        <PageTitle text="Overview"/>
        <Transition>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(overview) => view! { <Figures overview/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Figures(overview: view::Overview) -> impl IntoView {
    let view::Overview { notices, days, licenses, expiring, latest } = overview;
    let notices: Vec<_> = notices
        .into_iter()
        .map(|text| view! { <p class="alert alert-warning" role="status">{text}</p> })
        .collect();
    let valid: i64 = days.iter().map(|d| d.valid).sum();
    let refused: i64 = days.iter().map(|d| d.refused).sum();
    let expiring = (!expiring.is_empty()).then(|| {
        view! {
            <h2>"Expiring next"</h2>
            <LicenseTable rows=expiring caption="Licenses that expire next"/>
        }
    });
    let latest = if latest.is_empty() {
        view! {
            <EmptyState title="No license yet">
                <p>"A license gives a customer the right to use a product on so many domains."</p>
                <RequirePermission to=Permission::WriteLicense><a class="button button-primary" href="/licenses/new">"Issue a license"</a></RequirePermission>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <h2>"Latest licenses"</h2>
            <LicenseTable rows=latest caption="Licenses issued last"/>
        }
        .into_any()
    };
    view! {
        <div class="page-header">
            <h1>"Overview"</h1>
            <RequirePermission to=Permission::WriteLicense><a class="button button-primary" href="/licenses/new">"Issue a license"</a></RequirePermission>
        </div>
        {notices}
        <dl class="stats">
            <div><dt>"Licenses issued"</dt><dd><Number of=licenses/></dd></div>
            <div><dt>"Valid answers, 30 days"</dt><dd><Number of=valid/></dd></div>
            <div><dt>"Refused, 30 days"</dt><dd><Number of=refused/></dd></div>
        </dl>
        <h2>"Verifications"</h2>
        <DayChart days/>
        {expiring}
        {latest}
    }
}
