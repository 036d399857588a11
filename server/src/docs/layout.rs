//! The HTML document around each page.

use leptos::prelude::*;

use crate::assets;

/// Renders a whole page as HTML.
pub fn render(title: &str, body: AnyView) -> String {
    let pkg = format!("/{}", assets::asset_folder());
    // A fixed text; Leptos does not escape a title.
    let title = format!("{title} · Countersign");
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=format!("{pkg}/countersign.css")/>
                <link rel="icon" type="image/svg+xml" href=format!("{pkg}/icon.svg")/>
                <script type="module" src=format!("{pkg}/docs.js")></script>
                <title>{title}</title>
            </head>
            <body>
                <a class="skip-link" href="#main">"Skip to the page"</a>
                <header class="docs-header">
                    <a class="brand" href="/">"Countersign"</a>
                    <nav aria-label="Main">
                        <a href="/docs">"API reference"</a>
                        <a href="/docs/tokens">"Tokens and files"</a>
                    </nav>
                </header>
                <main id="main" tabindex="-1">{body}</main>
            </body>
        </html>
    }
    .to_html()
    // Marks for hydration, which these pages do not have. In a text, `<` is escaped.
    .replace("<!>", "")
}
