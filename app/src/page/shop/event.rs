//! Page of an event of a shop: what was done, and its payload.

use domain::json_indent;
use domain::permission::Permission;
use domain::view::ShopEventView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::log::OutcomeBadge;
use crate::component::{
    Card, ErrorState, FormMessage, FormState, PageTitle, PostForm, RelativeTime, RequirePermission, Tag,
};
use crate::server_fn::shop::{RepeatShopEvent, shop_event};

/// Longest payload on the page, in characters.
const MAX_PAYLOAD_CHARS: usize = 12_000;

/// The page.
#[component]
pub fn ShopEvent() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.read().get("id").unwrap_or_default();
    let page = Resource::new(id, shop_event);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Parts page/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Event"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: ShopEventView) -> impl IntoView {
    let ShopEventView { connection, event, occurred_at, payload } = page;
    let (href, name) = (format!("/settings/shops/{}", connection.id), connection.name);
    let id = StoredValue::new(event.id.to_string());
    let title = event.name.clone();
    let detail = event.detail.map(|detail| view! { <p>{detail}</p> });
    let license = event.license.map(|license| {
        view! { <p><a href=format!("/licenses/{license}")>"The license"</a></p> }
    });
    let again = event.outcome.can_repeat().then(|| {
        view! {
            <RequirePermission to=Permission::ManageWebhooks>
                <PostForm to=RepeatShopEvent::url() class="action">
                    <input type="hidden" name="id" value=id.get_value()/>
                    <button class="button button-primary">"Apply again"</button>
                </PostForm>
            </RequirePermission>
        }
    });
    let test = event.is_test.then(|| view! { <Tag>"Test"</Tag> });
    view! {
        <PageTitle text=title/>
        <p class="breadcrumb">
            <a href="/settings/shops">"Connect your shop"</a> " › " <a href=href><bdi>{name}</bdi></a>
        </p>
        <div class="page-header">
            <h1>{event.name} " " <OutcomeBadge outcome=event.outcome/> {test}</h1>
            {again}
        </div>
        <FormMessage form={FormState::of::<RepeatShopEvent>()}/>
        {detail}
        {license}
        <p class="muted">
            "Happened " <RelativeTime at=occurred_at/> ", came " <RelativeTime at=event.received_at/> ". Id: "
            <code class="text-break">{event.event_id}</code>
        </p>
        <Payload payload/>
    }
}

#[component]
fn Payload(payload: Option<String>) -> impl IntoView {
    let body = match payload {
        Some(payload) => {
            let text = json_indent::indent(&payload);
            let is_cut = text.chars().count() > MAX_PAYLOAD_CHARS;
            let text: String = text.chars().take(MAX_PAYLOAD_CHARS).collect();
            let cut =
                is_cut.then(|| view! { <p class="muted">"The rest is in the provider’s dashboard."</p> });
            view! { <pre class="code-block" tabindex="0">{text}</pre> {cut} }.into_any()
        }
        None => view! {
            <p class="muted">"It was erased, with its customer or after 30 days because it names no purchase, or your role does not allow to see it."</p>
        }
        .into_any(),
    };
    view! { <Card title="Payload">{body}</Card> }
}
