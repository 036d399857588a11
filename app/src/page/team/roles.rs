//! Page of roles: the permission table.

use domain::permission::{PERMISSION_TABLE, PermissionRow, Role};
use leptos::prelude::*;

use crate::component::{Fact, Facts, PageTitle};

/// The page. It shows the value by which the server decides.
#[component]
pub fn Roles() -> impl IntoView {
    let heads: Vec<_> =
        Role::ALL.into_iter().map(|role| view! { <th scope="col">{role.label()}</th> }).collect();
    let rows: Vec<_> = PERMISSION_TABLE.iter().map(row).collect();
    let descriptions: Vec<_> = Role::ALL
        .into_iter()
        .map(|role| view! { <Fact name=role.label()>{role.description()}</Fact> })
        .collect();
    view! {
        <PageTitle text="Roles"/>
        <p class="breadcrumb"><a href="/team">"Team"</a></p>
        <h1>"Roles"</h1>
        <Facts>{descriptions}</Facts>
        <table class="card-table">
            <caption class="visually-hidden">"What each role may do"</caption>
            <thead>
                <tr><th scope="col">"Permission"</th> {heads}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <p class="muted">"API tokens have roles too, and a token has the permissions of its role. Every account has at least one owner."</p>
    }
}

fn row(row: &PermissionRow) -> impl IntoView + use<> {
    let (permission, label) = (row.permission, row.label);
    let cells: Vec<_> = Role::ALL
        .into_iter()
        .map(|role| {
            let allowed = if role.allows(permission) { "Yes" } else { "–" };
            view! { <td data-label=role.label()>{allowed}</td> }
        })
        .collect();
    view! { <tr><th scope="row" class="name">{label}</th> {cells}</tr> }
}
