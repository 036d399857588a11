//! Results of a search, by kind. The URL holds the text, which holds no license key.

use domain::view::{HitKind, MAX_HITS_PER_KIND, SearchHit, SearchResults};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use crate::component::{EmptyState, ErrorState, PageTitle, PostForm, StandingBadge};
use crate::server_fn::search::{SearchAll, search_page, url_of_hit};

/// The results.
#[component]
pub fn Search() -> impl IntoView {
    let params = use_query_map();
    let text = Memo::new(move |_| params.read().get("q").unwrap_or_default());
    let has_unknown_key = params.read_untracked().get("key").is_some_and(|key| key == "unknown");
    let results = Resource::new(move || text.get(), search_page);
    view! {
        <PageTitle text="Search"/>
        <div class="page-header"><h1>"Search"</h1></div>
        <PostForm to=SearchAll::url() class="filters" role="search" autocomplete="off">
            <div class="field field-grow">
                <label for="q">"Search for"</label>
                <input id="q" type="search" name="q" value=text.get_untracked() maxlength="500" aria-describedby="q-note"/>
                <p class="field-hint" id="q-note">
                    "A key or its end, an address, a domain or URL, a name, a machine, or an id."
                </p>
            </div>
            <button class="button">"Search"</button>
        </PostForm>
        {has_unknown_key.then(|| view! {
            <p class="alert alert-warning" role="status">
                "No license has this key. Below is what its last four characters find."
            </p>
        })}
        <Transition>
            {move || Suspend::new(async move {
                match results.await {
                    Ok(results) => view! { <Found results text=text.get()/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(results: SearchResults, text: String) -> impl IntoView {
    if text.trim().is_empty() {
        return view! {
            <EmptyState title="Nothing to search for">
                <p>"Paste what a mail says: a license key, an address, the URL where the app is refused, a name."</p>
            </EmptyState>
        }
        .into_any();
    }
    let SearchResults { hits, more, unknown_key: _ } = results;
    if hits.is_empty() {
        return view! {
            <EmptyState title="Nothing found">
                <p>"A search finds whole keys and their last four characters, and the beginning of a name, an address, a domain or a machine’s host name."</p>
                <a class="button" href="/licenses">"Show all licenses"</a>
            </EmptyState>
        }
        .into_any();
    }
    let groups = HitKind::ALL.map(|kind| {
        let hits: Vec<_> = hits.iter().filter(|hit| hit.kind == kind).cloned().collect();
        (!hits.is_empty()).then(|| view! { <Group kind hits is_cut=more.contains(&kind)/> })
    });
    view! { {groups} }.into_any()
}

/// The hits of one kind.
#[component]
fn Group(kind: HitKind, hits: Vec<SearchHit>, is_cut: bool) -> impl IntoView {
    let id = format!("hits-{}", kind.label().to_lowercase());
    let items: Vec<_> = hits.into_iter().map(item).collect();
    let cut = is_cut.then(|| {
        let text = format!("These are the first {MAX_HITS_PER_KIND}. Type more to see others.");
        view! { <p class="muted">{text}</p> }
    });
    view! {
        <section class="card hits" aria-labelledby=id>
            <h2 id=id.clone()>{kind.heading()}</h2>
            <ul>{items}</ul>
            {cut}
        </section>
    }
}

fn item(hit: SearchHit) -> impl IntoView {
    let SearchHit { kind: _, target, title, detail, standing } = hit;
    view! {
        <li>
            <a href=url_of_hit(target)>{title}</a>
            {standing.map(|standing| view! { <StandingBadge standing/> })}
            <span class="muted">{detail}</span>
        </li>
    }
}
