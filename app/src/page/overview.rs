//! Overview page of the account: figures of a period, why apps were refused, and what needs the seller.

use domain::permission::Permission;
use domain::view::{self, ReasonCount, RefusingLicense, Trend, WebhookView};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::webhook::FailingWebhooks;
use crate::UiError;
use crate::component::{
    Card, Change, DayChart, EmptyState, ErrorState, Figure, Figures, FilterChip, FilterChips, HorizontalBar,
    HorizontalBars, LicenseTable, LivePart, LiveUpdates, Notice, PageTitle, RelativeTime, RequirePermission,
    Tone, format_times, row_id,
};
use crate::context;
use crate::server_fn::overview::overview;
use crate::server_fn::webhook::failing_webhooks;

/// The periods that can be chosen, in days; the first URL is that of 30 days.
const PERIODS: [i32; 3] = [7, 30, 90];
const DEFAULT_PERIOD: i32 = 30;

/// The overview.
#[component]
pub fn Overview() -> impl IntoView {
    let query = use_query_map();
    let period = Memo::new(move |_| {
        let days = query.read().get("days").and_then(|days| days.parse().ok());
        days.filter(|days| PERIODS.contains(days)).unwrap_or(DEFAULT_PERIOD)
    });
    // A change while the data is loaded gives another version.
    let version = StoredValue::new(context::live_version());
    let data = Resource::new(move || period.get(), overview);
    let failing = Resource::new(|| (), |()| failing_webhooks());
    view! {
        <PageTitle text="Overview"/>
        <Transition>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(overview) => {
                        view! { <Content overview failing period=period.get_untracked() version=version.get_value()/> }
                            .into_any()
                    }
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Content(
    overview: view::Overview,
    failing: Resource<Result<Vec<WebhookView>, UiError>>,
    period: i32,
    version: String,
) -> impl IntoView {
    let periods = PERIODS.map(|days| {
        view! { <FilterChip href=path_of(days) label=format!("{days} days") is_chosen=days == period/> }
    });
    let notices: Vec<_> = overview
        .notices
        .into_iter()
        .map(|text| view! { <Notice tone=Tone::Warning><p role="status">{text}</p></Notice> })
        .collect();
    let is_new = overview.latest.is_empty();
    let reasons = overview.reasons;
    let limited: Vec<RefusingLicense> = reasons
        .iter()
        .filter(|reason| reason.reason == domain::refusal::RefusalReason::LimitReached)
        .flat_map(|reason| reason.latest.clone())
        .collect();
    let needs_nothing = limited.is_empty() && overview.expiring.is_empty() && overview.suspended.is_empty();
    let needs = (needs_nothing && !is_new).then(|| {
        view! { <Card title="Needs you"><p class="muted">"Nothing now. Licenses at their limit, expiring and suspended ones appear here."</p></Card> }
    });
    let at_limit = (!limited.is_empty()).then(|| {
        view! { <Card title="At the limit and refused"><Refusing rows=limited list="limited"/></Card> }
    });
    let expiring = (!overview.expiring.is_empty()).then(|| {
        view! {
            <Card title="Expiring within 30 days" flush=true>
                <LicenseTable rows=overview.expiring caption="Licenses that expire next" row_ids="expiring"/>
            </Card>
        }
    });
    let suspended = (!overview.suspended.is_empty()).then(|| {
        view! {
            <Card title="Suspended" flush=true>
                <LicenseTable rows=overview.suspended caption="Suspended licenses" row_ids="suspended"/>
                <p><a href="/licenses?standing=suspended">"All suspended licenses"</a></p>
            </Card>
        }
    });
    let latest = if is_new {
        view! {
            <EmptyState title="No license yet">
                <p>"A license gives a customer the right to use a product on so many domains."</p>
                <RequirePermission to=Permission::WriteLicense><a class="button button-primary" href="/licenses/new">"Issue a license"</a></RequirePermission>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <Card title="Latest licenses" flush=true>
                <LicenseTable rows=overview.latest caption="Licenses issued last" row_ids="latest"/>
            </Card>
        }
        .into_any()
    };
    view! {
        <div class="page-header">
            <h1>"Overview"</h1>
            <FilterChips label="Period">{periods}</FilterChips>
            <RequirePermission to=Permission::WriteLicense><a class="button button-primary" href="/licenses/new">"Issue a license"</a></RequirePermission>
        </div>
        {notices}
        <FailingWebhooks failing/>
        <LiveUpdates topic=context::overview_topic() version path=path_of(period)/>
        <LivePart id="live-overview">
            <Figures>
                <Figure name="Licenses issued" value=overview.licenses/>
                <Figure name="New activations" value=overview.activations.current>
                    <TrendNote trend=overview.activations period more_is_better=true/>
                </Figure>
                <Figure name="Verifications" value=overview.verifications.current>
                    <TrendNote trend=overview.verifications period more_is_better=true/>
                </Figure>
                <Figure name="Refused" value=overview.refused.current>
                    <TrendNote trend=overview.refused period more_is_better=false/>
                </Figure>
            </Figures>
            <Card title="Verifications by day"><DayChart days=overview.days/></Card>
            <WhyRefused reasons/>
            {needs} {at_limit} {expiring} {suspended} {latest}
        </LivePart>
    }
}

/// Returns the path of the overview of a period.
fn path_of(days: i32) -> String {
    if days == DEFAULT_PERIOD { "/".to_owned() } else { format!("/?days={days}") }
}

/// The change to the period before.
#[component]
fn TrendNote(trend: Trend, period: i32, more_is_better: bool) -> impl IntoView {
    let before = format!(" to the {period} days before");
    match trend.change_percent() {
        None if trend.previous == 0 => view! { "none in the " {period} " days before" }.into_any(),
        None | Some(0) => view! { "as in the " {period} " days before" }.into_any(),
        Some(percent) => {
            let sign = if percent > 0 { "+" } else { "−" };
            let text = format!("{sign}{} %", percent.unsigned_abs());
            view! { <Change text is_better={(percent > 0) == more_is_better}/> {before} }.into_any()
        }
    }
}

/// Refusals by reason, each with the licenses that refused last.
#[component]
fn WhyRefused(reasons: Vec<ReasonCount>) -> impl IntoView {
    if reasons.is_empty() {
        return ().into_any();
    }
    let bars = reasons
        .iter()
        .map(|reason| HorizontalBar {
            id: format!("bar-{}", reason.reason),
            label: reason.reason.label().to_owned(),
            href: (!reason.latest.is_empty()).then(|| format!("#latest-{}", reason.reason)),
            value: reason.count.current,
        })
        .collect();
    let details: Vec<_> = reasons
        .into_iter()
        .filter(|reason| !reason.latest.is_empty())
        .map(|ReasonCount { reason, latest, .. }| {
            view! {
                <details id=format!("why-{reason}")>
                    <summary>{reason.label()} ": latest"</summary>
                    // A link to a place within opens the panel.
                    <div id=format!("latest-{reason}")><Refusing rows=latest list=format!("latest-{reason}")/></div>
                </details>
            }
        })
        .collect();
    view! { <Card title="Why refused" id="why-refused"><HorizontalBars bars/> {details}</Card> }.into_any()
}

/// Licenses that refused an app, each with the domain or machine. `list` begins the ids of the rows.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Refusing(rows: Vec<RefusingLicense>, #[prop(into)] list: String) -> impl IntoView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let customer = row.customer.map(|customer| view! { " · " <bdi>{customer}</bdi> });
            let row_id = row_id(&list, &(row.license, &row.stored_subject));
            view! {
                <li id=row_id>
                    <a href=format!("/licenses/{}#refused", row.license)><bdi>{row.subject}</bdi></a>
                    <span class="muted">
                        <code>"…" {row.last_four}</code> {customer} " · " {format_times(row.count)} ", last "
                        <RelativeTime at=row.last_at/>
                    </span>
                </li>
            }
        })
        .collect();
    view! { <ul class="result-list">{rows}</ul> }
}
