//! `/activation-logs`: what machines reported at each event.

use serde_json::{Value, json};

use super::Api;
use test_support::on_both_databases;

const HEADER: &str = "id,createdAt,updatedAt,os,osVersion,hostname,action,vmName,container,offline,appVersion,licenseId,\
    productId,userEmail,organizationName,tags,metadata,ipAddress";

on_both_databases! {
    async fn entries_tell_what_the_machine_reported(db: TestDatabase) {
        let api = Api::on(db).await;
        let user = api.json("POST", "/users", r#"{"email":"bea@x.example","firstName":"Bea"}"#, 201).await;
        let organization = r#"{"name":"Initech","email":"it@x.example"}"#;
        let organization = api.json("POST", "/organizations", organization, 201).await;
        let holders = json!({ "userId": user["id"], "organizationId": organization["id"] }).to_string();
        api.json("PATCH", &format!("/licenses/{}", api.license), &holders, 200).await;
        let mut machine = api.machine("lab-3");
        machine["vmName"] = json!("kvm");
        let activated = api.app.post("/v3/activations", "application/json", machine.to_string()).await;
        assert_eq!(activated.status, 200, "{}", activated.text);
        let id = api.machines().await[0]["id"].as_str().unwrap().to_owned();
        api.json("DELETE", &format!("/activations/{id}"), "", 204).await;
        let log = api.json("GET", "/activation-logs", "", 200).await;
        let entry = |row: usize, action: &str, address: &str| {
            let at: &Value = &log[row]["createdAt"];
            json!({
                "id": log[row]["id"], "createdAt": at, "updatedAt": at, "os": "linux", "osVersion": "12",
                "hostname": "lab-3", "action": action,
                "location": {
                    "ipAddress": address, "countryCode": "", "countryName": "", "regionCode": "", "regionName": "",
                    "city": "", "zipCode": "", "timeZone": "", "latitude": 0, "longitude": 0,
                },
                "vmName": "kvm", "container": false, "offline": false, "appVersion": "1.4.0", "metadata": [],
                "licenseId": api.license, "productId": api.seller.product.id,
            })
        };
        let seller = log[1]["location"]["ipAddress"].as_str().unwrap();
        assert_eq!(log, json!([entry(0, "activate", "192.0.2.1"), entry(1, "deactivate", seller)]));
        let export = api.send("GET", "/activation-logs/export?action=activate", "").await.text;
        let mut lines = export.lines();
        assert_eq!(lines.next(), Some(HEADER));
        let line = lines.next().unwrap();
        let part = format!(
            ",linux,12,lab-3,activate,kvm,false,false,1.4.0,{},{},bea@x.example,Initech,,,192.0.2.1",
            api.license, api.seller.product.id
        );
        assert!(line.ends_with(&part) && lines.next().is_none(), "{export}");
    }
}
