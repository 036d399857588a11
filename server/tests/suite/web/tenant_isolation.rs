//! Tenant isolation: resources of another seller look like missing resources.

use domain::organization::OrganizationInput;
use domain::tag::TagName;

use super::Browser;
use super::customer::holder;
use crate::test_app::{TestApp, TestResponse};
use test_support::{Seller, license, on_both_databases, seller};

/// Makes an organization and a tag, and returns their ids.
async fn organization_and_tag(app: &TestApp, seller: &Seller) -> (String, String) {
    let new = OrganizationInput { name: "Initech".to_owned(), ..OrganizationInput::default() };
    let new = new.parse().unwrap().into();
    let made = service::organization::create(&app.service, &seller.actor, new).await.unwrap();
    let service::organization::Saved::Saved(organization) = made else { panic!("{made:?}") };
    let name = TagName::parse("name", "vip").unwrap();
    let new = service::tag::NewTag { name, description: None };
    let made = service::tag::create(&app.service, &seller.actor, new).await.unwrap();
    let service::tag::Saved::Saved(tag) = made else { panic!("{made:?}") };
    (organization.id.to_string(), tag.id.to_string())
}

on_both_databases! {
    async fn resources_of_another_seller_look_missing(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let (id, key) = license(&app.service, &ada, 1).await;
        app.json("/activate", key.expose(), "ada.com").await;
        let slot = service::license::show(&app.service, &ada.actor, id).await.unwrap().activations().next().unwrap().id.unwrap();
        let mut browser = Browser::of(&app, &eve).await;
        let unused_id = service::new_id().to_string();
        let (id, product, slot) = (id.to_string(), ada.product.id.to_string(), slot.to_string());
        // Id and nonce differ in any two responses; everything else must be identical.
        let without_variable_parts = |response: &TestResponse, id: &str| response.text.replace(id, "ID").replace(&response.nonce(), "NONCE");
        let customer = holder(&app.service, &ada).await.to_string();
        for (other_id, path) in [(&id, "/licenses/"), (&product, "/products/"), (&customer, "/customers/")] {
            let other_sellers = browser.get(&format!("{path}{other_id}")).await;
            let missing = browser.get(&format!("{path}{unused_id}")).await;
            assert_eq!((other_sellers.status.as_u16(), missing.status.as_u16()), (404, 404));
            assert_eq!(without_variable_parts(&other_sellers, other_id), without_variable_parts(&missing, &unused_id));
        }
        let invitation = service::member::NewInvitation {
            role: domain::permission::Role::Viewer,
            name: None,
            email: None,
        };
        let invitation = service::member::invite(&app.service, &ada.actor, invitation).await.unwrap().id.to_string();
        let (user, account) = (ada.user.to_string(), ada.account.to_string());
        let (organization, tag) = organization_and_tag(&app, &ada).await;
        let policy = service::trial_policy::TrialPolicyChange {
            name: domain::bounded_text::BoundedText::parse("name", "ada trials").ok(),
            length: Some(domain::machine::Seconds::new(86_400)),
            ..Default::default()
        };
        let policy = service::trial_policy::create(&app.service, &ada.actor, &policy).await.unwrap().id.to_string();
        let record = service::product::show_record(&app.service, &ada.actor, ada.product.id).await.unwrap();
        let template = record.template.unwrap().id.to_string();
        let calls: Vec<(&str, Vec<(&str, &str)>)> = vec![
            ("change_role", vec![("user", &user), ("role", "viewer")]),
            ("remove_member", vec![("user", &user)]),
            ("transfer_ownership", vec![("user", &user)]),
            ("withdraw_invitation", vec![("id", &invitation)]),
            ("switch_account", vec![("account", &account)]),
            ("invitation", vec![("token", &unused_id)]),
            ("license", vec![("params[id]", &id), ("params[reveal]", "true")]),
            ("license", vec![("params[id]", &id), ("params[check]", "ada.com")]),
            ("allow_domain", vec![("id", &id), ("domain", "eve.com")]),
            ("allow_domain", vec![("id", &id), ("domain", "eve.com"), ("keep_limit", "on")]),
            ("move_domain", vec![("license", &id), ("activation", &slot), ("to", "eve.com")]),
            ("transfer_license", vec![("id", &id), ("customer_name", "Eve"), ("customer_email", "")]),
            ("set_license_notes", vec![("id", &id), ("notes", "x"), ("notes_were", "")]),
            ("set_license_metadata", vec![("id", &id), ("metadata", "x = 1"), ("metadata_was", "")]),
            ("replace_license_key", vec![("id", &id)]),
            ("set_license_groups", vec![("id", &id), ("organization", ""), ("organization_was", ""), ("tags", "x"), ("tags_was", "")]),
            ("sellers", vec![("query[search]", "ada")]),
            ("suspend_seller", vec![("id", &account), ("reason", "x"), ("apps", "stop")]),
            ("suspend_seller", vec![("id", &account), ("reason", ""), ("apps", "")]),
            ("reinstate_seller", vec![("id", &account)]),
            ("seller_invitations", vec![]),
            ("invite_seller", vec![("email", "nobody")]),
            ("withdraw_seller_invitation", vec![("id", &unused_id)]),
            ("sign_up_link", vec![("token", &unused_id)]),
            ("create_seller_as_user", vec![("token", &unused_id), ("account", "x")]),
            ("welcome", vec![("id", &id)]),
            ("send_license_key", vec![("id", &id)]),
            ("retry_mail", vec![("id", &unused_id)]),
            ("set_product_reminders", vec![("product", &product)]),
            ("password_reset", vec![("token", &unused_id)]),
            ("product", vec![("id", &product)]),
            ("suspend_license", vec![("id", &id), ("reason", "")]),
            ("reinstate_license", vec![("id", &id)]),
            ("revoke_license", vec![("id", &id), ("reason", "")]),
            ("undo_revocation", vec![("id", &id)]),
            ("license_rules", vec![("id", &id)]),
            ("change_license_rules", vec![("id", &id), ("allow_vm", "no")]),
            ("set_metadata_readers", vec![("id", &id), ("visible_to_apps", "x")]),
            ("license_template", vec![("id", &template)]),
            ("change_license_template", vec![("id", &template), ("name", "x")]),
            ("delete_license_template", vec![("id", &template)]),
            ("license_template", vec![("id", &unused_id)]),
            ("change_license_template", vec![("id", &unused_id), ("name", "x")]),
            ("delete_license_template", vec![("id", &unused_id)]),
            ("trial_policy", vec![("id", &policy)]),
            ("change_trial_policy", vec![("id", &policy), ("name", "x"), ("trial_days", "1")]),
            ("delete_trial_policy", vec![("id", &policy)]),
            ("choose_trial_policy", vec![("id", &product), ("trial_policy", "")]),
            ("renew_license", vec![("id", &id), ("expiry", "never"), ("expires_at", "")]),
            ("change_limit", vec![("id", &id), ("domain_limit", "9"), ("machine_limit", "9")]),
            ("free_activation", vec![("license", &id), ("activation", &slot)]),
            ("change_licensing", vec![("id", &product), ("name", "x"), ("slug", "x"), ("domain_limit", "1"), ("machine_limit", "1"), ("key_prefix", "LIC")]),
            ("change_domains", vec![("id", &product), ("slot_scope", "www")]),
            ("change_machines", vec![("id", &product), ("lease", "1 hour")]),
            ("change_meters", vec![("id", &product), ("meters", "a")]),
            ("change_customers", vec![("id", &product), ("customer_release", "always")]),
            ("customer_page", vec![("params[seller]", &unused_id)]),
            ("customer_link", vec![("seller", &unused_id), ("token", &unused_id)]),
            ("open_customer_link", vec![("seller", "eve"), ("token", &unused_id)]),
            ("free_own_activation", vec![("license", &id), ("activation", &slot)]),
            ("activate_own_offline", vec![("license", &id), ("request", "{}")]),
            ("move_own_domain", vec![("license", &id), ("activation", &slot), ("to", "eve.com")]),
            ("archive_product", vec![("id", &product)]),
            ("restore_product", vec![("id", &product)]),
            ("delete_product", vec![("id", &product)]),
            ("customer", vec![("id", &customer)]),
            ("update_customer", vec![("id", &customer), ("name", "x"), ("email", "")]),
            ("merge_customers", vec![("id", &customer), ("other", &unused_id)]),
            ("erase_customer", vec![("id", &customer)]),
            ("organization", vec![("id", &organization)]),
            ("update_organization", vec![("id", &organization), ("name", "x")]),
            ("delete_organization", vec![("id", &organization)]),
            ("tag", vec![("id", &tag)]),
            ("update_tag", vec![("id", &tag), ("name", "x"), ("description", "")]),
            ("delete_tag", vec![("id", &tag)]),
            ("issue_license", vec![("product", &product), ("customer_name", ""), ("customer_email", ""), ("domain_limit", ""), ("machine_limit", ""), ("expiry", ""), ("expires_at", ""), ("count", "")]),
        ];
        for (function, fields) in calls {
            let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let request = http::Request::post(format!("/_fn/{function}"))
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded");
            let response = browser.send(request, form.into()).await;
            assert_eq!(response.status, 404, "{function}: {}", response.text);
            assert!(!response.text.contains("ada"), "{function}: {}", response.text);
        }
        for uri in [format!("/customers/{customer}/export.json"), format!("/customers/{unused_id}/export.json")] {
            let response = browser.send(http::Request::get(&uri).header("accept", "*/*"), axum::body::Body::empty()).await;
            assert_eq!(response.status_and_body(), (404, r#"{"code":"not_found","message":"Not found.","fields":{},"reference":null}"#));
        }
    }
}
