//! Page of one import: the result of its check, its progress, and its result.

use domain::import::ImportState;
use domain::permission::Permission;
use domain::view::ImportView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::checked::{Checked, Faults};
use super::format::{signed, tone};
use crate::component::{
    Badge, Card, CurrentUserContext, Dialog, ErrorState, Fact, Facts, FormMessage, FormState, Number,
    PageTitle, PostForm, Progress, RelativeTime,
};
use crate::island::AutoRefresh;
use crate::server_fn::license_import::{RemoveImport, StopImport, license_import};

/// The page.
#[component]
pub fn LicenseImport() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.read().get("id").unwrap_or_default();
    let import = Resource::new(id, license_import);
    let current_user = expect_context::<CurrentUserContext>();
    view! {
        <PageTitle text="Import of licenses"/>
        <p class="breadcrumb"><a href="/licenses">"Licenses"</a> " / " <a href="/licenses/import">"Import"</a></p>
        <Transition>
            {move || Suspend::new(async move {
                let may_import = current_user.permissions().await.allows(Permission::ImportLicenses);
                match import.await {
                    Ok(view) => view! { <Import view may_import/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Import(view: ImportView, may_import: bool) -> impl IntoView {
    let (state, faults) = (view.import.state, view.faults.clone());
    let faults_href = format!("/licenses/imports/{}/faults.csv", view.import.id);
    let failure = view.failure.clone();
    let failure = failure.map(|text| view! { <p class="alert alert-danger" role="alert">{text}</p> });
    let body = match state {
        ImportState::Checked => view! { <Checked view=view.clone() may_import/> }.into_any(),
        ImportState::Importing | ImportState::Removing => {
            view! { <Running view=view.clone() may_import/> }.into_any()
        }
        _ => view! { <Outcome view=view.clone() may_import/> }.into_any(),
    };
    view! {
        <div class="page-header">
            <h1 dir="auto" class="text-break">{view.import.file_name}</h1>
            <Badge tone=tone(state)>{state.label()}</Badge>
        </div>
        {failure}
        <FormMessage form={FormState::of::<StopImport>()}/>
        <FormMessage form={FormState::of::<RemoveImport>()}/>
        {body}
        <Faults href=faults_href faults/>
    }
}

/// The progress, the button to stop, and the refresh of the page.
#[component]
fn Running(view: ImportView, may_import: bool) -> impl IntoView {
    let import = view.import;
    let path = format!("/licenses/imports/{}", import.id);
    let refresh = path.clone();
    let (label, done, total) = match import.state {
        ImportState::Removing => ("Removed licenses", import.removed, import.imported),
        _ => ("Imported licenses", import.imported + import.skipped, import.good_rows),
    };
    let stop = match (import.state, view.stop_requested) {
        (ImportState::Importing, true) => {
            view! { <p class="muted" role="status">"Stops after the present rows."</p> }.into_any()
        }
        (ImportState::Importing, false) if may_import => view! {
            <PostForm to=StopImport::url() class="action">
                <input type="hidden" name="id" value=import.id.to_string()/>
                <button class="button">{if view.all_or_nothing { "Stop and import nothing" } else { "Stop" }}</button>
            </PostForm>
        }
        .into_any(),
        _ => ().into_any(),
    };
    view! {
        <Card title="Progress">
            <Progress label done=signed(done) total=Some(signed(total))/>
            <div class="actions">
                {stop}
                <a class="button" href=refresh data-refresh="" data-turbo-action="replace">"Refresh"</a>
            </div>
        </Card>
        <AutoRefresh path/>
        <noscript><meta http-equiv="refresh" content="3"/></noscript>
    }
}

/// The counts of an ended import, and the button that removes its licenses again.
#[component]
fn Outcome(view: ImportView, may_import: bool) -> impl IntoView {
    let import = view.import;
    let counts = [
        ("Imported", import.imported, true),
        ("Skipped", import.skipped, false),
        ("Rows with faults", import.faulty_rows, false),
        ("Removed", import.removed, false),
        ("Kept, because they were used or changed", import.imported - import.removed, false),
    ];
    let is_removed = import.state == ImportState::Removed;
    let counts =
        counts.into_iter().take(if is_removed { 5 } else { 4 }).filter(|(_, n, always)| *always || *n > 0);
    let counts: Vec<_> =
        counts.map(|(name, n, _)| view! { <Fact name><Number of=signed(n)/></Fact> }).collect();
    let ended = import.finished_at.map(|at| view! { <Fact name="Ended"><RelativeTime at/></Fact> });
    let remove = view.removable_until.filter(|_| may_import).map(|_| {
        view! {
            <Dialog id="remove" label="Remove again…" title="Remove the licenses of this import?">
                <p>"Licenses that no app has used and that were not changed since are deleted, with their keys. Customers stay. This is possible for an hour after the import."</p>
                <PostForm to=RemoveImport::url()>
                    <input type="hidden" name="id" value=import.id.to_string()/>
                    <button class="button button-danger">"Remove the licenses"</button>
                </PostForm>
            </Dialog>
        }
    });
    view! {
        <Card title="Result">
            <Facts>
                {counts}
                <Fact name="Sent"><RelativeTime at=import.uploaded_at/> {format!(" by {}", import.actor)}</Fact>
                {ended}
            </Facts>
            <div class="actions">
                <a class="button" href="/licenses">"Go to licenses"</a>
                <a class="button" href="/licenses/import">"Import another file"</a>
                {remove}
            </div>
        </Card>
    }
}
