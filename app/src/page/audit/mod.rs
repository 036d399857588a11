//! Page of the audit log: who changed what, from where, with the old and the new value. The URL holds the filters.

mod entries;
mod filters;
mod verification;

use domain::permission::Permission;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::component::{ErrorState, PageTitle, RequirePermission};
use crate::form::{audit_export_url, audit_query_from_url};
use crate::server_fn::audit::{audit_log, verify_audit_log};
use entries::Entries;
use filters::{Chips, Filters};
use verification::Verification;

/// The page.
#[component]
pub fn AuditLog() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| audit_query_from_url(&params.read()));
    let from = Memo::new(move |_| params.read().get("verify").and_then(|from| from.parse::<i64>().ok()));
    let page = Resource::new(move || query.get(), audit_log);
    let verification = Resource::new(
        move || from.get(),
        |from| async move {
            match from {
                Some(from) => Some(verify_audit_log(Some(from)).await),
                None => None,
            }
        },
    );
    view! {
        <PageTitle text="Audit log"/>
        <div class="page-header">
            <h1>"Audit log"</h1>
            <div class="actions">
                <RequirePermission to=Permission::ReadAudit>
                    <a class="button" href=move || audit_export_url(&query.get()) data-turbo="false" download="">"Export CSV"</a>
                </RequirePermission>
                // A read: without JavaScript its result is the next page.
                <form method="get" action="/audit">
                    <input type="hidden" name="verify" value="1"/>
                    <button class="button">"Verify the log"</button>
                </form>
            </div>
        </div>
        <Transition>
            {move || Suspend::new(async move {
                match verification.await {
                    Some(Ok(found)) => view! { <Verification found/> }.into_any(),
                    Some(Err(error)) => view! { <ErrorState error/> }.into_any(),
                    None => ().into_any(),
                }
            })}
        </Transition>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => {
                        let query = query.get();
                        view! {
                            <Filters query=query.clone() actors=page.actors.clone()/>
                            <Chips query=query.clone()/>
                            <Entries page query/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}
