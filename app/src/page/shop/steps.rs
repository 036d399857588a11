//! What to set at the provider, step by step, with the address of this server.

use domain::purchase::ShopProvider;
use leptos::prelude::*;

use crate::component::Card;
use crate::island::CopyButton;

/// Where the provider has the setting.
fn place(provider: ShopProvider) -> &'static str {
    match provider {
        ShopProvider::Stripe => {
            "In Stripe, open Developers › Webhooks and add a destination for events of your account."
        }
        ShopProvider::Paddle => {
            "In Paddle, open Developer Tools › Notifications and make a destination of the type webhook."
        }
        ShopProvider::LemonSqueezy => "In Lemon Squeezy, open Settings › Webhooks and add a webhook.",
    }
}

/// How the secret comes here.
fn secret(provider: ShopProvider) -> &'static str {
    match provider {
        ShopProvider::Stripe => "Save, copy the signing secret (whsec_…), and enter it below.",
        ShopProvider::Paddle => {
            "Save, edit the destination, copy its secret key (pdl_ntfset_…), and enter it below."
        }
        ShopProvider::LemonSqueezy => {
            "Think of a signing secret of up to 40 random characters. Enter it there and below."
        }
    }
}

/// What else to know.
fn notes(provider: ShopProvider) -> &'static [&'static str] {
    match provider {
        ShopProvider::Stripe => &[
            "Subscriptions are issued by their first invoice, which names the price.",
            "A checkout that is paid once names no price in its event. Map the id of its payment link (plink_…), write the price into the session’s metadata under the name “price”, or let Stripe make an invoice for it.",
        ],
        ShopProvider::Paddle => &[
            "A transaction does not name the buyer’s address: it comes with customer.created and customer.updated. Without these, write it into the checkout’s custom data under the name “email”.",
            "Customers that existed before the connection send no customer.created: their licenses have no address and mail no key. Change and save such a customer in Paddle, so that customer.updated comes, or choose the customer on the license here.",
        ],
        ShopProvider::LemonSqueezy => &[
            "Map the ids of variants. A subscription sends an order and a subscription: one license is issued for both.",
        ],
    }
}

/// The steps. Folded once the connection is complete.
#[component]
pub fn Steps(provider: ShopProvider, address: String, is_open: bool) -> impl IntoView {
    let events: Vec<_> =
        provider.events().iter().map(|event| view! { <li><code>{*event}</code></li> }).collect();
    let notes: Vec<_> = notes(provider).iter().map(|note| view! { <p class="muted">{*note}</p> }).collect();
    let test_mode = provider.marks_test_events().then(|| {
        view! { <li>"A test event is ignored, unless the settings below accept test events."</li> }
    });
    view! {
        <Card title=format!("Set up {}", provider.label())>
            <p class="key-row">
                <code class="key text-break">{address.clone()}</code> <CopyButton text=address/>
            </p>
            <details open=is_open>
                <summary>"Step by step"</summary>
                <ol>
                    <li>{place(provider)}</li>
                    <li>"Paste the address above."</li>
                    <li>"Choose these events: " <ul>{events}</ul></li>
                    <li>{secret(provider)}</li>
                    <li>"Add your prices, and buy once in the provider’s test mode: the event appears in the log."</li>
                    {test_mode}
                </ol>
                {notes}
            </details>
        </Card>
    }
}
