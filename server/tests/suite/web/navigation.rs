//! The navigation and the command palette.

use super::Browser;
use crate::test_app::TestApp;
use test_support::{TestDatabase, seller};

#[tokio::test]
async fn the_palette_has_each_page_of_the_navigation() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let page = Browser::of(&app, &ada).await.get("/").await.text;
    let (_, navigation) = page.split_once("<nav aria-label=\"Main\"").expect("a navigation");
    let (navigation, _) = navigation.split_once("</nav>").expect("its end");
    let (_, palette) = page.split_once("data-component=\"Palette").expect("a palette");
    let (palette, _) = palette.split_once("</leptos-island>").expect("its end");
    let links: Vec<_> =
        navigation.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.len() > 10, "{links:?}");
    for link in links {
        assert!(palette.contains(&format!("&quot;{link}&quot;")), "{link}");
    }
}
