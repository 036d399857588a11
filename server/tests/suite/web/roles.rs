//! What a role may not do is not offered to it.

use domain::permission::Role;

use super::Browser;
use crate::support::{Seller, TestDatabase, license, person, seller};
use crate::test_app::TestApp;

#[tokio::test]
async fn a_role_is_offered_what_it_may_do() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&face.service, "ada").await;
    let (id, key) = license(&face.service, &ada, 1).await;
    face.json("/activate", key.expose(), "ada.com").await;
    let (license, product) = (format!("/licenses/{id}"), format!("/products/{}", ada.product.id));
    let offline = format!("{license}/offline");
    // What is offered where, and from which role on.
    let offers = [
        ("/", "/licenses/new", Role::Support),
        ("/", "/settings/tokens", Role::Admin),
        ("/licenses", "/licenses/new", Role::Support),
        ("/licenses/new", "/_fn/issue_license", Role::Support),
        (&license, "/_fn/suspend_license", Role::Support),
        (&license, "/_fn/revoke_license", Role::Support),
        (&license, "/_fn/free_activation", Role::Support),
        (&license, "?reveal=1", Role::Support),
        (&license, &offline, Role::Support),
        (&offline, "/_fn/activate_offline", Role::Support),
        ("/products", "/products/new", Role::Admin),
        ("/products/new", "/_fn/create_product", Role::Admin),
        (&product, "/licenses/new", Role::Support),
        (&product, "Save</button>", Role::Admin),
        (&product, "/_fn/rotate_key", Role::Admin),
        ("/settings/tokens", "/_fn/create_api_token", Role::Admin),
    ];
    for role in Role::ALL {
        let (account, user, email) = person(&face.service, role.as_str(), "ada", role).await;
        assert_eq!(account, ada.account);
        let member = Seller { user, email, ..ada.clone() };
        let mut browser = Browser::of(&face, &member).await;
        for (page, offer, from) in offers {
            let answer = browser.get(page).await;
            assert_eq!(answer.text.contains(offer), role <= from, "{role} on {page}: {offer}");
        }
        // All the same they see what is there.
        assert!(browser.get(&license).await.text.contains("ada.com"), "{role}");
        assert!(browser.get(&product).await.text.contains("ada plugin"), "{role}");
    }
}
