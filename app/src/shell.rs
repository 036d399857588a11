//! HTML document around the app.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{App, context};

/// Renders the HTML document of a page.
#[must_use]
pub fn shell(options: &LeptosOptions) -> impl IntoView + use<> {
    context::set_content_security_policy();
    // Only islands are hydrated: the data of resources is not written into the page.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    let description = if context::is_customer_page() {
        context::texts().text("start-text")
    } else {
        "Products, licenses, activations and customers of a seller".to_owned()
    };
    let pkg = format!("/{}", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang=context::page_language() data-theme=context::theme()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <meta name="description" content=description/>
                <meta name="turbo-refresh-method" content="morph"/>
                <meta name="turbo-refresh-scroll" content="preserve"/>
                // Pages may show a secret once, and following a link may be recorded.
                <meta name="turbo-cache-control" content="no-cache"/>
                <meta name="turbo-prefetch" content="false"/>
                <meta name="csp-nonce" content=use_nonce().map(|nonce| nonce.to_string())/>
                <link rel="stylesheet" href=format!("{pkg}/countersign.css") data-turbo-track="reload"/>
                <script type="module" src=format!("{pkg}/pages.js") nonce=use_nonce() data-turbo-track="reload"></script>
                <link rel="icon" type="image/svg+xml" href=format!("{pkg}/icon.svg")/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
