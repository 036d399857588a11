//! The user's sessions.

use domain::view::SessionRow;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, FormMessage, FormState, PostForm, RelativeTime, Tag};
use crate::server_fn::own_account::{EndOtherSessions, EndSession};

/// The card.
#[component]
pub fn SessionsCard(sessions: Vec<SessionRow>) -> impl IntoView {
    let has_others = sessions.iter().any(|session| !session.is_current);
    let rows: Vec<_> = sessions.into_iter().map(row).collect();
    let everywhere = has_others.then(|| {
        view! {
            <PostForm to=EndOtherSessions::url() class="action">
                <button class="button">"Sign out everywhere else"</button>
            </PostForm>
        }
    });
    view! {
        <Card title="Signed-in browsers">
            <FormMessage form={FormState::of::<EndSession>()}/>
            <FormMessage form={FormState::of::<EndOtherSessions>()}/>
            <ul class="item-list">{rows}</ul>
            {everywhere}
        </Card>
    }
}

fn row(session: SessionRow) -> impl IntoView {
    let SessionRow { id, browser, user_agent, address, opened_at, last_used_at, is_current } = session;
    let here = is_current.then(|| view! { " " <Tag>"this browser"</Tag> });
    let label = format!("Sign out {browser}");
    let button = (!is_current).then(|| {
        view! {
            <PostForm to=EndSession::url() class="action">
                <input type="hidden" name="session" value=id/>
                <button class="button button-small" aria-label=label>"Sign out"</button>
            </PostForm>
        }
    });
    let opened = opened_at.map(|at| view! { "signed in " <RelativeTime at/> });
    let used = last_used_at.map(|at| view! { " · last used " <RelativeTime at/> });
    let address = address.map(|address| view! { " · from " <span class="text-break">{address}</span> });
    view! {
        <li>
            <div>
                <strong class="item-title" title=user_agent>{browser}</strong> {here}
                <span class="muted">{opened} {used} {address}</span>
            </div>
            {button}
        </li>
    }
}
