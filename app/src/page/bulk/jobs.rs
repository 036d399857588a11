//! Page that lists the bulk jobs of the account, the newest first.

use domain::view::{BulkJobPage, BulkJobRow};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::summary;
use crate::component::{EmptyState, ErrorState, OlderLink, PageTitle, RelativeTime};
use crate::server_fn::bulk_job::bulk_jobs;

/// The page.
#[component]
pub fn BulkJobs() -> impl IntoView {
    let params = use_query_map();
    let before = move || params.read().get("before").and_then(|id| id.parse().ok());
    let page = Resource::new(before, bulk_jobs);
    view! {
        <PageTitle text="Bulk changes"/>
        <p class="breadcrumb"><a href="/licenses">"Licenses"</a></p>
        <h1>"Bulk changes"</h1>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) if page.jobs.is_empty() => view! {
                        <EmptyState title="No bulk change yet">
                            <p>"Select licenses in the list to suspend, extend, change or move many at once."</p>
                            <a class="button" href="/licenses">"Go to licenses"</a>
                        </EmptyState>
                    }
                    .into_any(),
                    Ok(page) => view! { <Jobs page/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Jobs(page: BulkJobPage) -> impl IntoView {
    let rows: Vec<_> = page.jobs.into_iter().map(row).collect();
    let older = page.older.map(|id| format!("/licenses/jobs?before={id}"));
    view! {
        <div class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"Bulk changes"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Change"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Licenses"</th>
                        <th scope="col">"By"</th>
                        <th scope="col">"Started"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <OlderLink href=older/>
    }
}

fn row(job: BulkJobRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><a href=format!("/licenses/jobs/{}", job.id)>{summary::describe(&job, None)}</a></th>
            <td><span class=summary::state_class(job.state)>{job.state.label()}</span></td>
            <td data-label="Licenses">{summary::progress(&job)}</td>
            <td data-label="By" class="text-break">{job.actor}</td>
            <td data-label="Started"><RelativeTime at=job.started_at/></td>
        </tr>
    }
}
