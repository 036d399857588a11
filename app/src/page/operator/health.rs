//! Page of the instance's health, as the node that renders it sees it.

use domain::view::{
    BackupHealth, CacheHealth, CertificateHealth, DatabaseHealth, HealthView, MailHealth, QueueHealth,
    WebhookHealth,
};
use leptos::prelude::*;

use super::nodes::Nodes;
use crate::component::{
    Card, ErrorState, Fact, Facts, Notice, Number, PageTitle, RelativeTime, Tone, format_bytes,
};
use crate::context;
use crate::page::NotFound;
use crate::server_fn::operator::health;

/// The page.
#[component]
pub fn Health() -> impl IntoView {
    if !context::is_operator() {
        return view! { <NotFound/> }.into_any();
    }
    let page = Resource::new(|| (), |()| health());
    view! {
        <PageTitle text="Health"/>
        <div class="page-header">
            <h1>"Health"</h1>
            <a class="button" href="/operator/health">"Look again"</a>
        </div>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(health) => view! { <Parts health/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Parts(health: HealthView) -> impl IntoView {
    let notices: Vec<_> = notices(&health)
        .into_iter()
        .map(|(tone, text)| view! { <Notice tone><p>{text}</p></Notice> })
        .collect();
    let HealthView {
        database, licenses, machines, queues, mail, webhooks, backups, certificate, nodes, ..
    } = health;
    view! {
        {notices}
        <DatabaseCard database/>
        <Nodes nodes/>
        <CacheCard licenses machines/>
        <QueueCard queues/>
        <BackupCard backups/>
        {certificate.map(|certificate| view! { <CertificateCard certificate/> })}
        <MailCard mail/>
        <WebhookCard webhooks/>
    }
}

/// Returns what needs the operator.
fn notices(health: &HealthView) -> Vec<(Tone, String)> {
    let mut notices: Vec<_> = health.notices.iter().map(|text| (Tone::Warning, text.clone())).collect();
    if !health.workers_run {
        let text = "The workers of activations do not run on this node. Restart it, and look into its log.";
        notices.push((Tone::Danger, text.to_owned()));
    }
    if !health.cache_is_current {
        let text = "Changes of other nodes do not arrive at this node. Its verifications read the database.";
        notices.push((Tone::Warning, text.to_owned()));
    }
    if health.backups.has_failed() {
        notices.push((Tone::Danger, "The last backup failed. The log names the cause.".to_owned()));
    }
    if let Some(failure) = health.certificate.as_ref().and_then(|certificate| certificate.failure.clone()) {
        notices.push((Tone::Danger, format!("The certificate was not issued. {failure}")));
    }
    notices
}

#[component]
fn DatabaseCard(database: DatabaseHealth) -> impl IntoView {
    let DatabaseHealth { kind, version, file_bytes, wal_bytes } = database;
    let size = |name: &'static str, bytes: Option<u64>| {
        bytes.map(|bytes| view! { <Fact name>{format_bytes(bytes)}</Fact> })
    };
    view! {
        <Card title="Database">
            <Facts>
                <Fact name="Kind">{kind} " " {version}</Fact>
                {size("File", file_bytes)}
                {size("WAL", wal_bytes)}
            </Facts>
        </Card>
    }
}

#[component]
fn CacheCard(licenses: CacheHealth, machines: CacheHealth) -> impl IntoView {
    view! {
        <Card title="Caches of this node">
            <Facts>
                <Fact name="Licenses">{cache_use(licenses)}</Fact>
                <Fact name="Machines">{cache_use(machines)}</Fact>
            </Facts>
        </Card>
    }
}

/// Formats the use of a cache: "12,403 entries, 3.1 MiB of 384.0 MiB".
fn cache_use(cache: CacheHealth) -> impl IntoView {
    let size = format!(", {} of {}", format_bytes(cache.bytes), format_bytes(cache.max_bytes));
    view! { <Number of=to_count(cache.entries)/> " entries" {size} }
}

#[component]
fn QueueCard(queues: QueueHealth) -> impl IntoView {
    let QueueHealth { domain_activations, machine_activations, capacity, usage_counts, bulk_jobs, imports } =
        queues;
    let of_capacity = move |n: u64| view! { <Number of=to_count(n)/> " of " <Number of=to_count(capacity)/> };
    view! {
        <Card title="Queues">
            <Facts>
                <Fact name="Activations of domains">{of_capacity(domain_activations)}</Fact>
                <Fact name="Activations of machines">{of_capacity(machine_activations)}</Fact>
                <Fact name="Usage counts to write"><Number of=to_count(usage_counts)/></Fact>
                <Fact name="Running bulk jobs"><Number of=to_count(bulk_jobs)/></Fact>
                <Fact name="Running imports"><Number of=to_count(imports)/></Fact>
            </Facts>
        </Card>
    }
}

#[component]
fn MailCard(mail: MailHealth) -> impl IntoView {
    let MailHealth { is_on, queued, error } = mail;
    let state = if is_on { "On" } else { "Off" };
    let error = error.map(|error| view! { <Fact name="Last attempt">{error}</Fact> });
    view! {
        <Card title="Mail">
            <Facts>
                <Fact name="On this node">{state}</Fact>
                <Fact name="Mails that wait"><Number of=to_count(queued)/></Fact>
                {error}
            </Facts>
        </Card>
    }
}

#[component]
fn WebhookCard(webhooks: WebhookHealth) -> impl IntoView {
    let WebhookHealth { unhealthy, suspended } = webhooks;
    view! {
        <Card title="Webhooks of sellers">
            <Facts>
                <Fact name="Failing"><Number of=to_count(unhealthy)/></Fact>
                <Fact name="Suspended"><Number of=to_count(suspended)/></Fact>
            </Facts>
        </Card>
    }
}

#[component]
fn BackupCard(backups: BackupHealth) -> impl IntoView {
    let content = match (backups.last_success, backups.last_failure) {
        (None, None) => {
            let text = "This node has written no scheduled backup. For SQLite, the setting backup_dir starts \
                 them; PostgreSQL has its own tools.";
            view! { <p>{text}</p> }.into_any()
        }
        (success, failure) => {
            let time = |name: &'static str, at: Option<domain::Timestamp>| {
                at.map(|at| view! { <Fact name><RelativeTime at/></Fact> })
            };
            view! {
                <Facts>
                    {time("Written and verified", success)}
                    {time("Failed", failure)}
                </Facts>
            }
            .into_any()
        }
    };
    view! { <Card title="Backups">{content}</Card> }
}

#[component]
fn CertificateCard(certificate: CertificateHealth) -> impl IntoView {
    let CertificateHealth { expires_at, next_order_at, .. } = certificate;
    let end = match expires_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => view! { <span>"No certificate yet: browsers warn of this address"</span> }.into_any(),
    };
    let next = next_order_at.map(|at| view! { <Fact name="Next order"><RelativeTime at/></Fact> });
    view! {
        <Card title="Certificate of this node">
            <Facts>
                <Fact name="Ends">{end}</Fact>
                {next}
            </Facts>
        </Card>
    }
}

fn to_count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
