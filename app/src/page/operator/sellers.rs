//! Page that lists the sellers of this instance. The URL holds the search, the cursor, and the seller to
//! suspend.

use domain::AccountId;
use domain::view::{SellerPage, SellerQuery, SellerRow, Suspension};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::seller_invitations::NewSellers;
use super::suspend_form::SuspendForm;
use crate::component::{
    Badge, ErrorState, FormMessage, FormState, MadeLink, NoMatchState, Number, PageTitle, Pager, PostForm,
    RelativeTime, Tone,
};
use crate::context;
use crate::form::{seller_query_from_url, url_of_seller_query};
use crate::page::NotFound;
use crate::server_fn::operator::{
    ReinstateSeller, SellerInvitationsPart, WithdrawSellerInvitation, seller_invitations, sellers,
};

/// The list.
#[component]
pub fn Sellers() -> impl IntoView {
    if !context::is_operator() {
        return view! { <NotFound/> }.into_any();
    }
    let params = use_query_map();
    let query = Memo::new(move |_| seller_query_from_url(&params.read()));
    let suspend =
        Memo::new(move |_| params.read().get("suspend").and_then(|id| id.parse::<AccountId>().ok()));
    let page = Resource::new(move || query.get(), sellers);
    let new_sellers = Resource::new(|| (), |()| seller_invitations());
    view! {
        <PageTitle text="Sellers"/>
        <div class="page-header"><h1>"Sellers"</h1></div>
        <FormMessage form={FormState::of::<ReinstateSeller>()}/>
        <FormMessage form={FormState::of::<WithdrawSellerInvitation>()}/>
        <form method="get" action="/operator/sellers" class="filters" role="search" autocomplete="off">
            <div class="field field-grow">
                <label for="seller-search">"Search"</label>
                <input id="seller-search" type="search" name="q" value=move || query.get().search maxlength="120"
                    placeholder="Start of the name or the slug"/>
            </div>
            <button class="button">"Show"</button>
        </form>
        <Transition>
            {move || Suspend::new(async move {
                match (page.await, new_sellers.await) {
                    (Ok(page), Ok(new_sellers)) => {
                        let (link, list) = parts_of(new_sellers);
                        view! {
                            {link}
                            <Found page query=query.get() suspend=suspend.get()/>
                            {list}
                        }
                        .into_any()
                    }
                    (Err(error), _) | (_, Err(error)) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// Returns the link of the invitation that was just made, and the part about new sellers.
fn parts_of(page: SellerInvitationsPart) -> (Option<AnyView>, AnyView) {
    let SellerInvitationsPart { invitations, link } = page;
    // The newest invitation is the first.
    let is_mailed = invitations.first().is_some_and(|invitation| invitation.mail.is_some());
    let link = link.map(|link| view! { <MadeLink link is_mailed/> }.into_any());
    (link, view! { <NewSellers invitations/> }.into_any())
}

#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Found(page: SellerPage, query: SellerQuery, suspend: Option<AccountId>) -> impl IntoView {
    let SellerPage { items, previous, next } = page;
    if items.is_empty() {
        let text = "No seller matches. A search finds the start of a name or of a slug.";
        return view! { <NoMatchState text all="/operator/sellers"/> }.into_any();
    }
    let form = items.iter().find(|row| Some(row.account) == suspend).map(|row| {
        let (id, name, present) = (row.account, row.name.clone(), row.suspension.clone());
        view! { <SuspendForm id name present cancel=url_of_seller_query(&query, None)/> }
    });
    let rows: Vec<_> = items.into_iter().map(|item| row(item, &query)).collect();
    view! {
        {form}
        <table class="card-table">
            <caption class="visually-hidden">"Sellers"</caption>
            <thead>
                <tr>
                    <th scope="col">"Seller"</th>
                    <th scope="col">"Members"</th>
                    <th scope="col">"Products"</th>
                    <th scope="col">"Licenses"</th>
                    <th scope="col">"Created"</th>
                    <th scope="col">"State"</th>
                    <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <Pager previous next href=move |cursor| {
            url_of_seller_query(&SellerQuery { cursor: Some(cursor), ..query.clone() }, None)
        }/>
    }
    .into_any()
}

fn row(row: SellerRow, query: &SellerQuery) -> impl IntoView + use<> {
    let SellerRow { account, name, slug, members, products, licenses, created_at, suspension } = row;
    let href = url_of_seller_query(query, Some(account));
    let act = if suspension.is_some() {
        let (label, change) = (format!("Reinstate {name}"), format!("Change… the suspension of {name}"));
        view! {
            <a class="button button-small" href=href aria-label=change>"Change…"</a>
            <PostForm to=ReinstateSeller::url() class="">
                <input type="hidden" name="id" value=account.to_string()/>
                <button class="button button-small" aria-label=label>"Reinstate"</button>
            </PostForm>
        }
        .into_any()
    } else {
        let label = format!("Suspend… {name}");
        view! { <a class="button button-small" href=href aria-label=label>"Suspend…"</a> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" class="name"><span dir="auto">{name}</span> <span class="cell-note">{slug}</span></th>
            <td data-label="Members" class="number"><Number of=members/></td>
            <td data-label="Products" class="number"><Number of=products/></td>
            <td data-label="Licenses" class="number"><Number of=licenses/></td>
            <td data-label="Created"><RelativeTime at=created_at/></td>
            <td data-label="State" class="text-break">{state(suspension)}</td>
            <td><div class="actions">{act}</div></td>
        </tr>
    }
}

fn state(suspension: Option<Suspension>) -> AnyView {
    let Some(Suspension { at, reason, apps_stopped }) = suspension else {
        return view! { <Badge tone=Tone::Success>"Active"</Badge> }.into_any();
    };
    let apps = if apps_stopped { "apps stopped" } else { "apps go on" };
    view! {
        <Badge tone=Tone::Warning>"Suspended"</Badge>
        <span class="cell-note"><RelativeTime at/> ", " {apps}</span>
        <span class="cell-note"><bdi>{reason}</bdi></span>
    }
    .into_any()
}
