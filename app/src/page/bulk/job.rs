//! Page of one bulk job: progress, result, stop and undo. The page refreshes itself while the job runs.

use domain::bulk::JobState;
use domain::permission::Permission;
use domain::view::{BulkJobRow, BulkJobView, SkippedLicense};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::summary;
use crate::component::{
    CurrentUserContext, ErrorState, FormMessage, FormState, Number, PageTitle, PostForm, RelativeTime,
};
use crate::island::AutoRefresh;
use crate::server_fn::bulk_job::{StopBulkJob, UndoBulkJob, bulk_job};

/// The page.
#[component]
pub fn BulkJob() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.read().get("id").unwrap_or_default();
    let job = Resource::new(id, bulk_job);
    let current_user = expect_context::<CurrentUserContext>();
    view! {
        <PageTitle text="Bulk change"/>
        <p class="breadcrumb"><a href="/licenses">"Licenses"</a> " / " <a href="/licenses/jobs">"Bulk changes"</a></p>
        <Transition>
            {move || Suspend::new(async move {
                let may_change = current_user.permissions().await.allows(Permission::WriteLicense);
                match job.await {
                    Ok(view) => view! { <Job view may_change/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Job(view: BulkJobView, may_change: bool) -> impl IntoView {
    let BulkJobView {
        job,
        customer,
        stop_requested,
        failure,
        skipped,
        undo_of,
        undone_by,
        undo_until,
        form_token,
    } = view;
    let id = job.id.to_string();
    let running = (job.state == JobState::Running).then(|| {
        view! { <Running job=job.clone() stop_requested may_change/> }
    });
    let failure = failure.map(|text| view! { <p class="alert alert-danger" role="alert">{text}</p> });
    let link = |id: domain::BulkJobId, text: &'static str| {
        view! { <p><a href=format!("/licenses/jobs/{id}")>{text}</a></p> }
    };
    let undo = undo_until.filter(|_| may_change).map(|_| {
        view! {
            <PostForm to=UndoBulkJob::url() class="action">
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="form_token" value=form_token/>
                <button class="button">"Undo"</button>
            </PostForm>
        }
    });
    view! {
        <div class="page-header">
            <h1>{summary::describe(&job, customer.as_deref())}</h1>
            <div class="actions">{undo}</div>
        </div>
        <FormMessage form={FormState::of::<StopBulkJob>()}/>
        <FormMessage form={FormState::of::<UndoBulkJob>()}/>
        {failure}
        <section class="card" aria-labelledby="result">
            <h2 id="result">{if job.state == JobState::Running { "Progress" } else { "Result" }}</h2>
            {running}
            <Facts job/>
            {undo_of.map(|id| link(id, "The change that this undoes"))}
            {undone_by.map(|id| link(id, "The undo of this change"))}
        </section>
        <Skipped skipped/>
    }
}

/// The progress bar, the button to stop, and the refresh of the page.
#[component]
fn Running(job: BulkJobRow, stop_requested: bool, may_change: bool) -> impl IntoView {
    let handled = job.done + job.skipped_count();
    let path = format!("/licenses/jobs/{}", job.id);
    let id = job.id.to_string();
    let stop = match (stop_requested, may_change) {
        (true, _) => view! { <p class="muted" role="status">"Stops after the present batch."</p> }.into_any(),
        (false, true) => view! {
            <PostForm to=StopBulkJob::url() class="action">
                <input type="hidden" name="id" value=id/>
                <button class="button">"Stop"</button>
            </PostForm>
        }
        .into_any(),
        (false, false) => ().into_any(),
    };
    let total = job.total.map(|total| total.max(handled).to_string());
    view! {
        <progress class="job-progress" max=total.clone() value=total.is_some().then(|| handled.to_string())
            aria-label="Handled licenses"></progress>
        <div class="actions">
            {stop}
            <a class="button" href=path.clone() data-refresh="" data-turbo-action="replace">"Refresh"</a>
        </div>
        <AutoRefresh path/>
        <noscript><meta http-equiv="refresh" content="3"/></noscript>
    }
}

#[component]
fn Facts(job: BulkJobRow) -> impl IntoView {
    let skipped: Vec<_> = job
        .skipped
        .iter()
        .map(|(reason, n)| {
            let n = i64::try_from(*n).unwrap_or(i64::MAX);
            view! { <dt>{format!("Skipped: {}", reason.label())}</dt><dd><Number of=n/></dd> }
        })
        .collect();
    let left = job.total.map(|total| total.saturating_sub(job.done + job.skipped_count())).filter(|n| *n > 0);
    let left = left.filter(|_| job.state != JobState::Done).map(|n| {
        view! { <dt>"Not handled"</dt><dd><Number of=i64::try_from(n).unwrap_or(i64::MAX)/></dd> }
    });
    let ended = job.finished_at.map(|at| view! { <dt>"Ended"</dt><dd><RelativeTime at/></dd> });
    view! {
        <dl class="facts">
            <dt>"State"</dt><dd><span class=summary::state_class(job.state)>{job.state.label()}</span></dd>
            <dt>"Changed"</dt><dd><Number of=i64::try_from(job.done).unwrap_or(i64::MAX)/></dd>
            {skipped}
            {left}
            <dt>"Started"</dt><dd><RelativeTime at=job.started_at/> {format!(" by {}", job.actor)}</dd>
            {ended}
        </dl>
    }
}

/// The first skipped licenses, with the reason of each.
#[component]
fn Skipped(skipped: Vec<SkippedLicense>) -> impl IntoView {
    let rows: Vec<_> = skipped
        .into_iter()
        .map(|SkippedLicense { id, last_four, reason }| {
            let license = match last_four {
                Some(last_four) => {
                    view! { <a class="mono" href=format!("/licenses/{id}")>{format!("…{last_four}")}</a> }
                        .into_any()
                }
                None => view! { <span class="mono text-break">{id.to_string()}</span> }.into_any(),
            };
            view! { <li>{license} {format!(": {}", reason.label())}</li> }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="card" aria-labelledby="skipped">
                <h2 id="skipped">"Skipped licenses"</h2>
                <ol class="log">{rows}</ol>
                <p class="muted">"The first 50, kept for 30 days."</p>
            </section>
        }
    })
}
