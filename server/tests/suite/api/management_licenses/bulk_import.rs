//! `POST` and `PATCH /licenses/bulk?import=true`: licenses that move from another system with their ids and times.

use domain::permission::Role;
use serde_json::{Value, json};

use super::Api;
use test_support::on_both_databases;

const IDS: [&str; 3] = [
    "0199a1c2-0000-7a40-9c1b-0000000000a1",
    "0199a1c2-0000-7a40-9c1b-0000000000a2",
    "0199a1c2-0000-7a40-9c1b-0000000000a3",
];
const CREATED: &str = "2020-01-02T03:04:05.000Z";
const UPDATED: &str = "2021-02-03T04:05:06.000Z";

fn moved(api: &Api, id: &str, key: &str) -> Value {
    json!({ "productId": api.product(), "id": id, "key": key, "createdAt": CREATED, "updatedAt": UPDATED,
        "expiresAt": "2030-01-01T00:00:00.000Z" })
}

on_both_databases! {
    async fn licenses_keep_their_ids_and_times(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let body = json!({ "licenses": [
            moved(&api, IDS[0], "MOVED-0001"),
            moved(&api, IDS[0], "MOVED-0002"),
            moved(&api, "no id", "MOVED-0003"),
            moved(&api, IDS[1], "MOVED-0004"),
        ] });
        let made = api.json("POST", "/licenses/bulk?import=true", &body.to_string(), 200).await;
        let statuses: Vec<_> = made.as_array().expect("a list").iter().map(|item| item["status"].clone()).collect();
        assert_eq!(statuses, [json!(201), json!(400), json!(400), json!(201)], "{made}");
        for (row, id) in [(0, IDS[0]), (3, IDS[1])] {
            let license = &made[row]["license"];
            let parts = (&license["id"], &license["createdAt"], &license["updatedAt"]);
            assert_eq!(parts, (&json!(id), &json!(CREATED), &json!(UPDATED)));
            assert_eq!(&api.json("GET", &format!("/licenses/{id}"), "", 200).await, license);
        }
        // Without the switch, the id is not read.
        let plain = json!({ "licenses": [moved(&api, IDS[2], "MOVED-0005")] }).to_string();
        let plain = api.json("POST", "/licenses/bulk", &plain, 200).await;
        assert_ne!(plain[0]["license"]["id"], json!(IDS[2]));
        assert_ne!(plain[0]["license"]["updatedAt"], json!(UPDATED));
    }

    async fn an_atomic_import_makes_all_or_none(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let import = |ids: [&str; 2]| {
            let licenses: Vec<_> = ids.iter().enumerate().map(|(n, id)| moved(&api, id, &format!("ATOMIC-000{n}"))).collect();
            json!({ "atomic": true, "licenses": licenses }).to_string()
        };
        let path = "/licenses/bulk?import=true";
        let refused = api.json("POST", path, &import([IDS[0], IDS[0]]), 400).await;
        assert!(refused["message"].as_str().expect("a message").contains("id field"), "{refused}");
        api.json("GET", &format!("/licenses/{}", IDS[0]), "", 404).await;
        let made = api.json("POST", path, &import([IDS[0], IDS[1]]), 201).await;
        assert_eq!((&made[0]["license"]["id"], &made[1]["license"]["id"]), (&json!(IDS[0]), &json!(IDS[1])));
    }

    async fn a_change_of_many_reads_the_expiry_by_the_switch_alone(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let licenses = json!({ "licenses": [moved(&api, IDS[0], "MOVED-0001"), moved(&api, IDS[1], "MOVED-0002")] });
        api.json("POST", "/licenses/bulk?import=true", &licenses.to_string(), 200).await;
        let expiry = "2041-01-01T00:00:00.000Z";
        let set = json!({ "ids": [IDS[0], IDS[1]], "set": { "expiresAt": expiry } }).to_string();
        let kept = api.json("PATCH", "/licenses/bulk", &set, 200).await;
        assert_eq!(kept[0]["license"]["expiresAt"], "2030-01-01T00:00:00.000Z");
        let changed = api.json("PATCH", "/licenses/bulk?import=true", &set, 200).await;
        for row in [0, 1] {
            assert_eq!(changed[row]["license"]["expiresAt"], expiry);
        }
        let wrong = json!({ "ids": [IDS[0]], "set": { "expiresAt": "soon" } }).to_string();
        api.json("PATCH", "/licenses/bulk?import=true", &wrong, 400).await;
    }
}
