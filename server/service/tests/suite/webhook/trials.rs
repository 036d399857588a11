//! The events of trials and their policies.

use std::sync::Arc;

use domain::bounded_text::BoundedText;
use domain::license::Limit;
use domain::machine::{Fingerprint, Machine, MachineRules, Seconds, TrialRules};
use domain::{ActivationId, Timestamp};
use service::machine::{TrialRequest, start_trial};
use service::trial::{self, TrialEnd};
use service::trial_policy::{self, TrialPolicyChange};

use super::{Receiver, URL, deliver, enable, make};
use crate::machine::support::set_rules;
use crate::machine_activation::list_request;
use test_support::{on_both_databases, seller};

on_both_databases! {
    async fn every_change_of_a_trial_has_an_event(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let trial = Some(TrialRules::of_days(14, Limit::new(5)));
        set_rules(&service, &ada, MachineRules { trial, ..MachineRules::default() }, "").await;
        make(&service, &ada, URL, &["trialActivation.*"]).await;
        let request = TrialRequest {
            raw_product_id: ada.product.id.to_string(),
            fingerprint: Fingerprint::parse("t").unwrap(),
            machine: Machine { hostname: "build-9".into(), ..Machine::default() },
        };
        start_trial(&service, &request, None).await.unwrap();
        let listed = trial::list(&service, &ada.actor, &list_request(Vec::new())).await.unwrap().items;
        let id: ActivationId = listed[0].id;
        let end = Timestamp::from_millis(4_102_444_800_000);
        trial::move_end(&service, &ada.actor, id, TrialEnd::Extended(60)).await.unwrap();
        trial::move_end(&service, &ada.actor, id, TrialEnd::At(end)).await.unwrap();
        trial::move_end(&service, &ada.actor, id, TrialEnd::At(end)).await.unwrap();
        trial::delete(&service, &ada.actor, id).await.unwrap();
        deliver(&service).await;
        let mut events = receiver.events();
        events.sort_unstable();
        let expected = [
            "trialActivation.created",
            "trialActivation.deleted",
            "trialActivation.expiresAt.updated",
            "trialActivation.extended",
        ];
        assert_eq!(events, expected, "the same end is no change");
        for body in receiver.bodies() {
            let data = &body["data"];
            let shown = (data["kind"].as_str(), data["id"].as_str(), data["name"].as_str());
            assert_eq!(shown, (Some("trial"), Some(id.to_string().as_str()), Some("build-9")), "{}", body["event"]);
        }
    }

    async fn policies_and_their_products_have_events(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["trialPolicy.*", "product.updated"]).await;
        let change = |name: &str, days: u32| TrialPolicyChange {
            name: BoundedText::parse("name", name).ok(),
            length: Some(Seconds::new(days * 86_400)),
            ..TrialPolicyChange::default()
        };
        let made = trial_policy::create(&service, &ada.actor, &change("Two weeks", 14)).await.unwrap();
        let edit = async |policy: Option<domain::TrialPolicyId>| {
            let terms = service::product::ProductTerms {
                trial_policy: Some(policy),
                ..service::product::ProductTerms::default()
            };
            service::product::edit_by_program(&service, &ada.actor, ada.product.id, &terms).await.unwrap().unwrap();
        };
        edit(Some(made.id)).await;
        trial_policy::update(&service, &ada.actor, made.id, &change("A month", 30)).await.unwrap();
        trial_policy::update(&service, &ada.actor, made.id, &change("A month", 30)).await.unwrap();
        edit(None).await;
        trial_policy::delete(&service, &ada.actor, made.id).await.unwrap();
        deliver(&service).await;
        let mut events = receiver.events();
        events.sort_unstable();
        let expected = [
            "product.updated",
            "product.updated",
            "product.updated",
            "trialPolicy.created",
            "trialPolicy.deleted",
            "trialPolicy.updated",
        ];
        assert_eq!(events, expected);
        let deleted = receiver.bodies().into_iter().find(|body| body["event"] == "trialPolicy.deleted").unwrap();
        assert_eq!((&deleted["data"]["kind"], &deleted["data"]["name"]), (&"policy".into(), &"A month".into()));
    }
}
