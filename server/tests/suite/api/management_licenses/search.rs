//! Searches of lists, and older names and forms of filters.

use domain::permission::Role;
use serde_json::{Value, json};

use super::Api;

impl Api {
    /// The values of a property of the rows of a list.
    async fn listed(&self, path: &str, property: &str) -> Vec<String> {
        let rows = self.json("GET", path, "", 200).await;
        let text = |row: &Value| row[property].as_str().unwrap_or_default().to_owned();
        rows.as_array().unwrap_or_else(|| panic!("{path}: {rows}")).iter().map(text).collect()
    }

    async fn made(&self, path: &str, body: &Value) -> Value {
        self.json("POST", path, &body.to_string(), 201).await
    }
}

#[tokio::test]
async fn a_search_finds_licenses_by_words_and_by_their_whole_key() {
    let api = Api::new(Role::Owner).await;
    let product = api.product();
    let bea =
        json!({ "email": "bea@acme.example", "firstName": "Bea", "lastName": "Buyer", "company": "Initech" });
    let bea = api.made("/users", &bea).await;
    let company = api.made("/organizations", &json!({ "name": "Ärzte GmbH", "email": "it@x.example" })).await;
    // The first license bears the key of the second as a tag.
    let key = "USER 1_USER 1";
    let license =
        json!({ "productId": product, "organizationId": company["id"], "tags": [key, "early-bird"] });
    let first = api.made("/licenses", &license).await;
    let license = json!({ "productId": product, "userId": bea["id"], "key": key });
    let second = api.made("/licenses", &license).await;
    let id = |license: &Value| license["id"].as_str().unwrap_or_default().to_owned();
    for parameter in ["search", "query"] {
        for (text, expected) in [
            ("USER%201_USER%201", &second),
            ("user%201_user%201", &second),
            ("bea%20init", &second),
            ("gmbh", &first),
            ("%C3%A4rzte", &first),
            ("early", &first),
            ("bird%20gm", &first),
            (id(&first).as_str(), &first),
        ] {
            let found = api.listed(&format!("/licenses?{parameter}={text}"), "id").await;
            assert_eq!(found.first(), Some(&id(expected)), "{parameter}={text}");
        }
        assert!(api.listed(&format!("/licenses?{parameter}=bea%20gmbh"), "id").await.is_empty());
    }
    let filtered = api.listed(&format!("/licenses?search=bea&productId={}", id(&bea)), "id").await;
    assert!(filtered.is_empty(), "the other conditions hold too");
}

#[tokio::test]
async fn a_search_for_a_whole_id_finds_the_row_in_every_list() {
    let api = Api::new(Role::Owner).await;
    for name in ["A", "B"] {
        api.made("/products", &json!({ "name": name })).await;
        api.made("/license-templates", &json!({ "name": name })).await;
        api.made("/trial-policies", &json!({ "name": name, "trialLength": 86400 })).await;
        api.made("/personal-access-tokens", &json!({ "name": name, "scopes": ["license:read"] })).await;
        api.made("/organizations", &json!({ "name": name, "email": "it@x.example" })).await;
        api.made("/tags", &json!({ "name": name })).await;
        api.made("/users", &json!({ "email": format!("{name}@x.example"), "firstName": name })).await;
        api.made("/licenses", &json!({ "productId": api.product() })).await;
    }
    for list in [
        "products",
        "license-templates",
        "license-policies",
        "trial-policies",
        "personal-access-tokens",
        "organizations",
        "tags",
        "users",
        "licenses",
    ] {
        let ids = api.listed(&format!("/{list}"), "id").await;
        assert!(ids.len() >= 2, "{list}: {ids:?}");
        for id in ids {
            let found = api.listed(&format!("/{list}?search={id}"), "id").await;
            assert_eq!(found, std::slice::from_ref(&id), "{list}");
        }
        let stranger = api.listed(&format!("/{list}?query=0199a1c2-0000-7a40-9c1b-00000000dead"), "id").await;
        assert!(stranger.is_empty(), "{list}");
    }
}

#[tokio::test]
async fn licenses_are_filtered_by_the_older_name_of_the_template() {
    let api = Api::new(Role::Owner).await;
    let template = api.made("/license-templates", &json!({ "name": "Rare" })).await["id"].clone();
    let license = json!({ "productId": api.product(), "licensePolicyId": template });
    let rare = api.made("/licenses", &license).await["id"].as_str().unwrap_or_default().to_owned();
    api.made("/licenses", &json!({ "productId": api.product() })).await;
    let template = template.as_str().unwrap_or_default();
    for name in ["licensePolicyId", "licenseTemplateId", "licensePolicyId[eq]", "licensepolicyid[in]"] {
        assert_eq!(
            api.listed(&format!("/licenses?{name}={template}"), "id").await,
            std::slice::from_ref(&rare),
            "{name}"
        );
    }
    let others = api.listed(&format!("/licenses?licensePolicyId[ne]={template}"), "id").await;
    assert!(others.len() == 1 && others[0] != rare, "{others:?}");
}

#[tokio::test]
async fn intervals_are_compared_as_periods() {
    let api = Api::new(Role::Owner).await;
    for interval in ["P12M", "P1M"] {
        api.made("/licenses", &json!({ "productId": api.product(), "subscriptionInterval": interval })).await;
    }
    for (query, expected) in [
        ("subscriptionInterval=P12M", vec!["P1Y"]),
        ("subscriptionInterval=p1y", vec!["P1Y"]),
        ("subscriptionInterval[in]=P12M,P7D", vec!["P1Y"]),
        ("subscriptionInterval[ne]=P12M", vec!["P1M"]),
        ("subscriptionInterval[nin]=P12M,P1M", vec![]),
        ("subscriptionInterval[sw]=P1", vec!["P1Y", "P1M"]),
        ("subscriptionInterval=nonsense", vec![]),
    ] {
        let found = api.listed(&format!("/licenses?{query}"), "subscriptionInterval").await;
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn names_are_filtered_without_case_in_every_script() {
    let api = Api::new(Role::Owner).await;
    let company = json!({ "name": "Ärzte GmbH", "email": "it@x.example" });
    api.made("/organizations", &company).await;
    api.made("/tags", &json!({ "name": "Öl" })).await;
    let again = json!({ "name": "ärzte gmbh", "email": "it@x.example" });
    api.json("POST", "/organizations", &again.to_string(), 409).await;
    for (query, expected) in [
        ("organizations?name[eq]=%C3%A4rzte%20gmbh", "Ärzte GmbH"),
        ("organizations?name[in]=%C3%84RZTE%20GMBH", "Ärzte GmbH"),
        ("organizations?name[sw]=%C3%A4rz", "Ärzte GmbH"),
        ("tags?name=%C3%B6l", "Öl"),
    ] {
        assert_eq!(api.listed(&format!("/{query}"), "name").await, [expected], "{query}");
    }
}
