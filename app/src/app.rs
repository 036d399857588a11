//! Root component and routes.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

use crate::component::Layout;
use crate::current_flash::CurrentFlash;
use crate::page;

/// The root of every page.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title| format!("{title} · Countersign")/>
        <Router>
            <Provided>
                <Routes fallback=page::NotFound>
                    <Route path=path!("/set-up") view=page::SetUp/>
                    <Route path=path!("/sign-in") view=page::SignIn/>
                    <ParentRoute path=path!("") view=Layout>
                        <Route path=path!("/") view=page::Overview/>
                        <Route path=path!("/welcome") view=page::Welcome/>
                        <Route path=path!("/licenses") view=page::Licenses/>
                        <Route path=path!("/licenses/new") view=page::IssueLicense/>
                        <Route path=path!("/licenses/issued") view=page::IssuedLicenses/>
                        <Route path=path!("/licenses/:id") view=page::License/>
                        <Route path=path!("/customers") view=page::Customers/>
                        <Route path=path!("/customers/:id") view=page::Customer/>
                        <Route path=path!("/products") view=page::Products/>
                        <Route path=path!("/products/new") view=page::NewProduct/>
                        <Route path=path!("/licenses/:id/offline") view=page::Offline/>
                        <Route path=path!("/products/:id") view=page::Product/>
                        <Route path=path!("/products/:id/integrate") view=page::Integrate/>
                        <Route path=path!("/settings/tokens") view=page::ApiTokens/>
                    </ParentRoute>
                </Routes>
            </Provided>
        </Router>
    }
}

/// Provides the contexts of all pages that depend on the router.
#[component]
fn Provided(children: Children) -> impl IntoView {
    CurrentFlash::provide();
    children()
}
