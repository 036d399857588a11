//! Actions that pages offer to each role.

use domain::permission::Role;

use super::Browser;
use super::customer::holder;
use crate::test_app::TestApp;
use test_support::{Seller, TestDatabase, license, person, seller};

#[allow(clippy::too_many_lines, reason = "a list of actions")]
#[tokio::test]
async fn pages_offer_only_the_actions_a_role_permits() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let (id, key) = license(&app.service, &ada, 1).await;
    app.json("/activate", key.expose(), "ada.com").await;
    let (license, product) = (format!("/licenses/{id}"), format!("/products/{}", ada.product.id));
    let keys = format!("{product}/keys");
    let customers = format!("{product}/customers");
    let machines = format!("{product}/machines");
    let policy = service::trial_policy::TrialPolicyChange {
        name: domain::bounded_text::BoundedText::parse("name", "14 days").ok(),
        length: Some(domain::machine::Seconds::new(1_209_600)),
        ..Default::default()
    };
    let policy = service::trial_policy::create(&app.service, &ada.actor, &policy).await.unwrap();
    let policy = format!("/trial-policies/{}", policy.id);
    let offline = format!("{license}/offline");
    let rules = format!("{license}/rules");
    let record = service::product::show_record(&app.service, &ada.actor, ada.product.id).await.unwrap();
    let template_edit = format!("/license-templates/{}/edit", record.template.unwrap().id);
    let customer = format!("/customers/{}", holder(&app.service, &ada).await);
    person(&app.service, "vera", "ada", Role::Viewer).await;
    let invitation = service::member::NewInvitation { role: Role::Viewer, name: None, email: None };
    service::member::invite(&app.service, &ada.actor, invitation).await.unwrap();
    let (webhook, delivery) = super::webhook::tested_webhook(&app, &ada).await;
    let webhook_edit = format!("{webhook}/edit");
    let (shop, shop_event) = super::shop::connected_shop(&app, &ada).await;
    let shop_prices = format!("{shop}/prices");
    // Page, action, and the lowest role that is offered the action.
    let actions = [
        ("/", "/licenses/new", Role::Support),
        ("/", "/settings/tokens", Role::Admin),
        ("/", "href=\"/audit\"", Role::Viewer),
        ("/audit", "Verify the log", Role::Viewer),
        ("/audit", "/audit/export.csv", Role::Viewer),
        ("/licenses", "/licenses/new", Role::Support),
        ("/licenses", "/licenses/bulk", Role::Support),
        ("/licenses/bulk?verb=revoke&all=on", "/_fn/start_bulk_job", Role::Support),
        ("/licenses/new", "/_fn/issue_license", Role::Support),
        (&license, "/_fn/suspend_license", Role::Support),
        (&license, "/_fn/revoke_license", Role::Support),
        (&license, "/_fn/set_license_groups", Role::Support),
        (&license, "/_fn/free_activation", Role::Support),
        (&license, "?reveal=1", Role::Support),
        (&license, &offline, Role::Support),
        (&offline, "/_fn/activate_offline", Role::Support),
        (&license, &rules, Role::Support),
        (&rules, "/_fn/change_license_rules", Role::Support),
        (&rules, "As the product", Role::Support),
        (&customer, "/_fn/update_customer", Role::Support),
        (&customer, "/_fn/merge_customers", Role::Support),
        (&customer, "/export.json", Role::Support),
        (&customer, "/licenses/new", Role::Support),
        (&customer, "/_fn/erase_customer", Role::Admin),
        ("/customers", "href=\"/organizations\"", Role::Viewer),
        ("/organizations", "/_fn/create_organization", Role::Support),
        ("/tags", "/_fn/create_tag", Role::Support),
        ("/products", "/products/new", Role::Admin),
        ("/products", "/license-templates", Role::Viewer),
        ("/products", "/trial-policies", Role::Viewer),
        ("/trial-policies", "/_fn/create_trial_policy", Role::Admin),
        (&policy, "/_fn/change_trial_policy", Role::Admin),
        (&policy, "/_fn/delete_trial_policy", Role::Admin),
        (&machines, "Use this policy", Role::Admin),
        ("/products/new", "/_fn/create_product", Role::Admin),
        ("/license-templates", "/license-templates/new", Role::Admin),
        ("/license-templates/new", "/_fn/create_license_template", Role::Admin),
        (&template_edit, "/_fn/change_license_template", Role::Admin),
        (&product, "/licenses/new", Role::Support),
        (&product, "Save</button>", Role::Admin),
        (&product, "/_fn/archive_product", Role::Admin),
        (&product, "/_fn/start_bulk_job", Role::Support),
        (&keys, "/_fn/rotate_key", Role::Admin),
        ("/settings/tokens", "/_fn/create_api_token", Role::Admin),
        ("/", "/settings/shops", Role::Admin),
        ("/settings/shops", "/_fn/create_shop", Role::Admin),
        (&shop, "/_fn/set_shop_secret", Role::Admin),
        (&shop_prices, "/_fn/set_shop_price", Role::Admin),
        (&shop, "/_fn/change_shop", Role::Admin),
        (&shop, "/_fn/delete_shop", Role::Admin),
        (&shop_event, "/_fn/repeat_shop_event", Role::Admin),
        (&shop_event, "No price of it has terms here", Role::Viewer),
        (&shop_event, "grace@navy.example", Role::Support),
        ("/", "/settings/webhooks", Role::Admin),
        ("/settings/webhooks", "/settings/webhooks/new", Role::Admin),
        ("/settings/webhooks/new", "/_fn/create_webhook", Role::Admin),
        (&webhook, "/_fn/test_webhook", Role::Admin),
        (&webhook, "/_fn/rotate_webhook_secret", Role::Admin),
        (&webhook, "/_fn/delete_webhook", Role::Admin),
        (&webhook_edit, "/_fn/change_webhook", Role::Admin),
        (&delivery, "/_fn/retry_webhook_delivery", Role::Admin),
        (&delivery, "license.created", Role::Viewer),
        (&delivery, "early-bird", Role::Support),
        ("/", "/settings/mail", Role::Admin),
        ("/settings/mail", "Mail is off", Role::Admin),
        ("/settings/mail/customers", "/_fn/change_customer_mail", Role::Admin),
        ("/settings/mail/templates/license_key", "/_fn/save_mail_template", Role::Admin),
        ("/", "/settings/customer-page", Role::Admin),
        ("/settings/customer-page", "/_fn/change_customer_page", Role::Admin),
        (&customers, "Save</button>", Role::Admin),
        ("/", "/team", Role::Viewer),
        ("/team", "vera@example.com", Role::Viewer),
        ("/team", "/_fn/leave_account", Role::Viewer),
        ("/team", "/_fn/invite_member", Role::Admin),
        ("/team", "/_fn/withdraw_invitation", Role::Admin),
        ("/team", "/_fn/change_role", Role::Admin),
        ("/team", "/_fn/remove_member", Role::Admin),
        ("/team", "/_fn/transfer_ownership", Role::Owner),
        ("/team", "/_fn/require_second_factor", Role::Owner),
        ("/", "/account", Role::Viewer),
        ("/account", "/_fn/change_password", Role::Viewer),
        ("/team/roles", "Make and withdraw API tokens", Role::Viewer),
    ];
    let shown = service::license::show(&app.service, &ada.actor, id).await.unwrap();
    let activation = shown.activations().next().unwrap().id.unwrap().to_string();
    for role in Role::ALL {
        let (account, user, email) = person(&app.service, role.as_str(), "ada", role).await;
        assert_eq!(account, ada.account);
        let member = Seller { user, email, ..ada.clone() };
        let mut browser = Browser::of(&app, &member).await;
        for (page, action, lowest_role) in actions {
            let response = browser.get(page).await;
            assert_eq!(response.text.contains(action), role <= lowest_role, "{role} on {page}: {action}");
        }
        // The operator is no role.
        assert!(!browser.get("/").await.text.contains("/operator/"), "{role}");
        // Every role can read both pages. The id of an activation is enough to free it.
        let page = browser.get(&license).await.text;
        assert!(page.contains("ada.com"), "{role}");
        assert_eq!(page.contains(&activation), role <= Role::Support, "{role}");
        assert!(browser.get(&product).await.text.contains("ada plugin"), "{role}");
    }
}
