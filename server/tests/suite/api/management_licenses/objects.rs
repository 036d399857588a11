//! The objects of licenses, templates and products.

use domain::permission::Role;
use serde_json::json;

use super::Api;
use test_support::on_both_databases;

on_both_databases! {
    async fn licenses_have_every_documented_field(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let made = api.json("POST", "/licenses", &json!({"productId": api.product()}).to_string(), 201).await;
        let fields = "id createdAt updatedAt key revoked suspended perpetual totalActivations totalDeactivations \
            totalDomains validity expirationStrategy subscriptionInterval subscriptionStartTrigger \
            fingerprintMatchingStrategy allowedActivations allowedDeactivations allowedDomains machinesAllowed type \
            allowedFloatingClients serverSyncGracePeriod serverSyncInterval allowedClockOffset disableClockValidation \
            cryptoBindingEnabled expiringSoonEventOffset leaseDuration leasingStrategy effectiveDate expiresAt \
            activatedAt lastUsedAt allowVmActivation allowContainerActivation allowClientLeaseDuration userLocked \
            requireAuthentication disableGeoLocation notes productId licenseTemplateId entitlementSetId \
            productVersionId maintenancePolicyId maintenanceExpiresAt currentReleaseVersion maxAllowedReleaseVersion \
            organizationId organization userId user resellerId reseller additionalUserIds externalUserIds \
            allowedIpRange allowedIpRanges allowedIpAddresses disallowedIpAddresses allowedCountries \
            disallowedCountries metadata meterAttributes tags";
        for field in fields.split_whitespace() {
            assert!(made.get(field).is_some(), "{field}");
        }
        assert_eq!(
            (&made["perpetual"], &made["validity"], &made["user"]),
            (&json!(true), &json!(0), &json!(null))
        );
        let location = format!("/v3/licenses/{}", made["id"].as_str().expect("an id"));
        let response = api.send("POST", "/licenses", &json!({"productId": api.product()}).to_string()).await;
        assert!(
            response.header("location").starts_with("/v3/licenses/") && response.header("location") != location
        );
    }
}

on_both_databases! {
    async fn templates_default_all_but_the_name(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let made = api.json("POST", "/license-templates", r#"{"name":"Plain"}"#, 201).await;
        for (field, value) in [
            ("keyPattern", json!("^([A-F0-9]{6}-){5}[A-F0-9]{6}$")),
            ("keyPrefix", json!("")),
            ("allowedActivations", json!(1)),
            ("allowedDeactivations", json!(-1)),
            ("type", json!("node-locked")),
            ("serverSyncInterval", json!(3600)),
            ("serverSyncGracePeriod", json!(2_592_000)),
            ("allowedClockOffset", json!(86_400)),
            ("leaseDuration", json!(0)),
            ("subscriptionInterval", json!("")),
            ("requiredMetadataKeys", json!([])),
        ] {
            assert_eq!(made[field], value, "{field}");
        }
        let path = format!("/license-templates/{}", made["id"].as_str().expect("an id"));
        let changed = api.json("PATCH", &path, r#"{"keyPattern":"LIC-XXXX-XXXX-XXXX-XXXX"}"#, 200).await;
        assert_eq!(changed["keyPattern"], "^LIC(-[0-9A-HJKMNP-TV-Z]{4}){4}$");
        assert_eq!(changed["keyPrefix"], "LIC");
        assert_eq!(api.send("DELETE", &path, "").await.status_and_body(), (204, ""));
        let own = api.json("GET", &format!("/products/{}", api.product()), "", 200).await;
        let own = own["licenseTemplateId"].as_str().expect("an id");
        let refused = api.json("DELETE", &format!("/license-templates/{own}"), "", 409).await;
        assert_eq!(refused["code"], "RESOURCE_IN_USE");
    }
}

on_both_databases! {
    async fn products_have_template_and_public_key(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let body = json!({"name": "Studio", "displayName": "Studio Pro", "description": "",
            "metadata": [{"key": "sku", "value": "S-1"}]});
        let made = api.json("POST", "/products", &body.to_string(), 201).await;
        assert_eq!((&made["displayName"], &made["slug"]), (&json!("Studio Pro"), &json!("studio")));
        assert_eq!(made["licensePolicy"]["id"], made["licenseTemplateId"]);
        let by_slug = api.json("GET", "/products/studio", "", 200).await;
        assert_eq!(by_slug["id"], made["id"]);
        let found = api.json("GET", "/products?metadata.key=sku&metadata.value=s-1", "", 200).await;
        assert_eq!(found.as_array().map(Vec::len), Some(1));
        let id = made["id"].as_str().expect("an id");
        api.json("POST", "/licenses", &json!({"productId": id}).to_string(), 201).await;
        assert_eq!(api.json("DELETE", &format!("/products/{id}"), "", 409).await["code"], "RESOURCE_IN_USE");
    }
}

on_both_databases! {
    async fn names_of_products_have_up_to_256_characters(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let name = "Ä".repeat(256);
        let made = api.json("POST", "/products", &json!({ "name": name }).to_string(), 201).await;
        assert_eq!(made["name"], json!(name));
        let path = format!("/products/{}", made["id"].as_str().expect("an id"));
        assert_eq!(api.json("PATCH", &path, &made.to_string(), 200).await, made, "an echo changes nothing");
        let long = json!({ "name": "x".repeat(257) }).to_string();
        for (method, path) in [("POST", "/products"), ("PATCH", path.as_str())] {
            let refused = api.json(method, path, &long, 400).await;
            assert!(refused["message"].as_str().expect("a message").contains("name"), "{refused}");
        }
        let found = api.json("GET", &format!("/products?name[sw]={}", "%C3%84".repeat(3)), "", 200).await;
        assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    }
}

#[tokio::test]
async fn tokens_of_viewers_see_masked_keys() {
    let api = Api::new(Role::Viewer).await;
    let (id, key) = test_support::license(&api.app.service, &api.seller, 1).await;
    let shown = api.json("GET", &format!("/licenses/{id}"), "", 200).await;
    assert_eq!(shown["key"], format!("****{}", key.last_four()));
    assert_eq!(
        api.json("PATCH", &format!("/licenses/{id}"), r#"{"notes":"x"}"#, 403).await["code"],
        "FORBIDDEN"
    );
}

on_both_databases! {
    async fn exports_are_csv(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let body =
            json!({"productId": api.product(), "key": "=CMD-00001", "metadata": [{"key": "a", "value": "1"}]});
        api.json("POST", "/licenses", &body.to_string(), 201).await;
        let response = api.send("GET", "/licenses/export", "").await;
        assert_eq!(response.header("content-type"), "text/csv; charset=utf-8");
        let lines: Vec<&str> = response.text.lines().collect();
        assert_eq!(lines.len(), 2);
        let columns = "id,createdAt,updatedAt,key,revoked,suspended,perpetual,totalActivations,totalDeactivations,\
            totalDomains,validity,expirationStrategy,subscriptionInterval,subscriptionStartTrigger,\
            fingerprintMatchingStrategy,allowedActivations,allowedDeactivations,allowedDomains,machinesAllowed,type,\
            allowedFloatingClients,serverSyncGracePeriod,serverSyncInterval,allowedClockOffset,disableClockValidation,\
            cryptoBindingEnabled,expiringSoonEventOffset,leaseDuration,leasingStrategy,effectiveDate,expiresAt,activatedAt,\
            lastUsedAt,allowVmActivation,allowContainerActivation,allowClientLeaseDuration,userLocked,\
            requireAuthentication,disableGeoLocation,notes,productId,licenseTemplateId,entitlementSetId,productVersionId,\
            maintenancePolicyId,maintenanceExpiresAt,currentReleaseVersion,maxAllowedReleaseVersion,organizationId,userId,\
            resellerId,allowedIpRange,userEmail,organizationName,tags,metadata";
        assert_eq!(lines[0], columns);
        assert!(lines[1].contains(",'=CMD-00001,") && lines[1].ends_with("a=1"), "{}", lines[1]);
    }
}
