//! HTML document around the app.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{App, context};

/// Renders the HTML document of a page.
#[must_use]
pub fn shell(options: &LeptosOptions) -> impl IntoView + use<> {
    #[cfg(feature = "ssr")]
    context::set_content_security_policy();
    let pkg = format!("/{}", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=context::theme()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <HydrationScript pkg=pkg.clone()/>
                <link rel="stylesheet" href=format!("{pkg}/countersign.css")/>
                <link rel="icon" type="image/svg+xml" href=format!("{pkg}/icon.svg")/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Loads the WebAssembly module while the browser parses the page, and hydrates the parsed page.
///
/// Leptos's own `HydrationScripts` preloads the module by `<link>`, which a browser without
/// JavaScript downloads for nothing. The script comes before the stylesheet, which would delay it.
#[component]
fn HydrationScript(pkg: String) -> impl IntoView {
    let script = format!(
        "{{const parsed=new Promise(done=>document.addEventListener('DOMContentLoaded',done)),\
         wasm=fetch('{pkg}/countersign_bg.wasm');\
         import('{pkg}/countersign.js').then(async app=>{{\
         await app.default({{module_or_path:wasm}});await parsed;app.hydrate()}})}}"
    );
    view! { <script nonce=use_nonce()>{script}</script> }
}
