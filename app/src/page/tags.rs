//! Page of the tags: a list by name, and the forms that make, rename and delete one. The URL holds the position and the
//! tag to change.

use domain::TagId;
use domain::permission::Permission;
use domain::view::{TagPage, TagRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::customers::license_count;
use crate::component::{
    Card, CurrentUserContext, EmptyState, ErrorState, Field, FormMessage, FormState, PageTitle, Pager,
    PostForm,
};
use crate::server_fn::tag::{CreateTag, DeleteTag, UpdateTag, tag, tags};

/// The page.
#[component]
pub fn Tags() -> impl IntoView {
    let params = use_query_map();
    let id = move |name: &'static str| params.read().get(name).and_then(|id| id.parse::<TagId>().ok());
    let after = Memo::new(move |_| id("after"));
    let edited = Memo::new(move |_| id("tag"));
    let page = Resource::new(move || after.get(), tags);
    let change = Resource::new(
        move || edited.get(),
        |id| async move {
            match id {
                Some(id) => Some(tag(id).await),
                None => None,
            }
        },
    );
    let current_user = expect_context::<CurrentUserContext>();
    view! {
        <PageTitle text="Tags"/>
        <p class="breadcrumb"><a href="/customers">"Customers"</a></p>
        <div class="page-header"><h1>"Tags"</h1></div>
        <Transition>
            {move || Suspend::new(async move {
                let may_write = current_user.permissions().await.allows(Permission::WriteLicense);
                let change = match change.await {
                    Some(Ok(tag)) if may_write => view! { <Change tag/> }.into_any(),
                    Some(Err(error)) => view! { <ErrorState error/> }.into_any(),
                    _ => ().into_any(),
                };
                let list = match page.await {
                    Ok(page) => view! { <List page is_later=after.get().is_some() may_write/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                };
                let new = may_write.then(|| view! { <New/> });
                view! { {change} {list} {new} }
            })}
        </Transition>
    }
}

#[component]
fn List(page: TagPage, is_later: bool, may_write: bool) -> impl IntoView {
    let TagPage { items, more } = page;
    if items.is_empty() {
        let text =
            "Tags group customers and licenses. Make one here, or write it into the form of a customer.";
        return view! { <EmptyState title="No tag yet"><p>{text}</p></EmptyState> }.into_any();
    }
    let rows: Vec<_> = items.into_iter().map(|tag| row(tag, may_write)).collect();
    let first = is_later.then(|| view! { <p><a href="/tags">"To the first page"</a></p> });
    let change =
        may_write.then(|| view! { <th scope="col"><span class="visually-hidden">"Actions"</span></th> });
    view! {
        <table class="card-table">
            <caption class="visually-hidden">"Tags"</caption>
            <thead>
                <tr>
                    <th scope="col">"Tag"</th>
                    <th scope="col">"Licenses"</th>
                    <th scope="col">"Customers"</th>
                    {change}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {first}
        <Pager previous=None next=more href=|after: TagId| format!("/tags?after={after}")/>
    }
    .into_any()
}

fn row(tag: TagRow, may_write: bool) -> impl IntoView {
    let TagRow { id, name, description, licenses, customers } = tag;
    let description: String = description.chars().take(80).collect();
    let note = (!description.is_empty())
        .then(|| view! { <span class="muted text-break"><bdi>{description}</bdi></span> });
    let label = format!("Change the tag {name}");
    let change = may_write.then(|| {
        view! { <td><a class="button button-small" href=format!("/tags?tag={id}") aria-label=label>"Change…"</a></td> }
    });
    view! {
        <tr>
            <th scope="row" class="text-break"><bdi>{name}</bdi> " " {note}</th>
            <td data-label="Licenses" class="number">
                <a href=format!("/licenses?tag={id}")>{license_count(licenses)}</a>
            </td>
            <td data-label="Customers" class="number">{license_count(customers)}</td>
            {change}
        </tr>
    }
}

/// The forms of one tag.
#[component]
fn Change(tag: TagRow) -> impl IntoView {
    let form = FormState::of::<UpdateTag>();
    let delete = FormState::of::<DeleteTag>();
    let TagRow { id, name, description, licenses, customers } = tag;
    let title = format!("Change the tag “{name}”");
    let effect = format!(
        "It is taken off {} licenses and {} customers, which stay. ",
        license_count(licenses),
        license_count(customers)
    );
    view! {
        <Card title=title>
            <PostForm to=UpdateTag::url() class="stack" novalidate=true>
                <FormMessage form/>
                <input type="hidden" name="id" value=id.to_string()/>
                <Field form name="name" label="Name" value=name id="tag-name" autocomplete="off"/>
                <Field form name="description" label="Description" value=description id="tag-description" autocomplete="off"/>
                <button class="button button-primary">"Save"</button>
            </PostForm>
            <details class="action" id="delete-tag" open=delete.was_rejected()>
                <summary class="button button-danger">"Delete…"</summary>
                <PostForm to=DeleteTag::url() class="stack panel">
                    <FormMessage form=delete/>
                    <p>{effect} <strong>"This can’t be undone."</strong></p>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="button button-danger">"Delete for good"</button>
                </PostForm>
            </details>
        </Card>
    }
}

#[component]
fn New() -> impl IntoView {
    let form = FormState::of::<CreateTag>();
    view! {
        <Card title="New tag">
            <PostForm to=CreateTag::url() class="stack" novalidate=true>
                <FormMessage form/>
                <Field form name="name" label="Name" id="new-tag-name" autocomplete="off"/>
                <Field form name="description" label="Description" id="new-tag-description" autocomplete="off"/>
                <button class="button button-primary">"Make a tag"</button>
            </PostForm>
        </Card>
    }
}
