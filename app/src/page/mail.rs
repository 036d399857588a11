//! Page of mail: whether this server sends mail, the last mails with their states, and a test mail.

use domain::view::{MailPage, MailRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::customer_mail::MailTabs;
use crate::component::{
    Card, EmptyState, ErrorState, FormMessage, FormState, MailBadge, OlderLink, PageTitle, PostForm,
    RelativeTime,
};
use crate::server_fn::mail::{RetryMail, SendTestMail, mails};

/// The page.
#[component]
pub fn Mail() -> impl IntoView {
    let params = use_query_map();
    let before = move || params.read().get("before").and_then(|id| id.parse().ok());
    let page = Resource::new(before, mails);
    view! {
        <PageTitle text="Mail"/>
        <h1>"Mail"</h1>
        <MailTabs is_list=true/>
        <FormMessage form={FormState::of::<RetryMail>()}/>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Parts page/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: MailPage) -> impl IntoView {
    let MailPage { sender, mails, older } = page;
    let sends_mail = sender.is_some();
    let list = if mails.is_empty() {
        view! {
            <EmptyState title="No mail yet">
                <p>"Invitations, license keys and notices about sign-ins are listed here for 30 days."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <Mails mails sends_mail/> }.into_any()
    };
    let older = older.map(|id| format!("/settings/mail?before={id}"));
    view! { <Setting sender/> {list} <OlderLink href=older/> }
}

/// Whether mail is on, and the test mail.
#[component]
fn Setting(sender: Option<String>) -> impl IntoView {
    let form = FormState::of::<SendTestMail>();
    match sender {
        Some(sender) => view! {
            <Card title="Mail is on">
                <p>"This server sends mail as " <bdi class="text-break">{sender}</bdi> "."</p>
                <PostForm to=SendTestMail::url()>
                    <FormMessage form/>
                    <button class="button">"Send a test mail to me"</button>
                </PostForm>
            </Card>
        }
        .into_any(),
        None => view! {
            <Card title="Mail is off">
                <p>
                    "This server sends no mail, and everything else works. Its operator sets mail up by "
                    <code>"smtp_url"</code> " and " <code>"mail_from"</code> "."
                </p>
            </Card>
        }
        .into_any(),
    }
}

#[component]
fn Mails(mails: Vec<MailRow>, sends_mail: bool) -> impl IntoView {
    let rows: Vec<_> = mails.into_iter().map(|mail| row(mail, sends_mail)).collect();
    view! {
        <div class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"Mails"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Mail"</th>
                        <th scope="col">"To"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Queued"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(mail: MailRow, sends_mail: bool) -> impl IntoView {
    let MailRow { id, kind, subject, created_at, status, can_retry } = mail;
    let label = format!("Send again: {subject}");
    let button = (can_retry && sends_mail).then(|| {
        view! {
            <PostForm to=RetryMail::url() class="action">
                <input type="hidden" name="id" value=id.to_string()/>
                <button class="button button-small" aria-label=label>"Send again"</button>
            </PostForm>
        }
    });
    let has_error = status.error.is_some();
    let next = status.next_attempt_at.filter(|_| has_error);
    let next = next.map(|at| view! { <span class="cell-note">"next attempt " <RelativeTime at/></span> });
    let error = status.error.map(|error| view! { <span class="cell-note">{error}</span> });
    view! {
        <tr>
            <th scope="row" class="name"><span dir="auto">{subject}</span> <span class="cell-note">{kind.label()}</span></th>
            <td data-label="To" class="text-break">{status.recipient}</td>
            <td data-label="State"><MailBadge state=status.state has_error/> {error} {next}</td>
            <td data-label="Queued"><RelativeTime at=created_at/></td>
            <td>{button}</td>
        </tr>
    }
}
