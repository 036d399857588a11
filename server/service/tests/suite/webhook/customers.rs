//! The events of customers and organizations.

use std::sync::Arc;

use domain::license::NewLicense;
use domain::machine::MachineRules;
use service::customer::{self, CustomerChange};
use service::{license, machine, organization};

use super::{Receiver, URL, deliver, enable, make};
use crate::customer::email;
use crate::machine::support::{request, set_rules};
use crate::people::{change, create, create_organization, named};
use test_support::{on_both_databases, seller};

on_both_databases! {
    async fn customers_are_sent_as_they_were_after_a_change_and_before_a_deletion(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["user.*"]).await;
        let bea = create(&service, &ada, named("Bea", "Buyer", "bea@x.example")).await;
        let renamed = CustomerChange { first_name: Some("Beatrix".into()), ..CustomerChange::default() };
        change(&service, &ada, bea.id, renamed).await;
        let other = create(&service, &ada, named("Eve", "Other", "eve@x.example")).await;
        customer::merge(&service, &ada.actor, bea.id, other.id).await.unwrap();
        customer::delete(&service, &ada.actor, bea.id).await.unwrap();
        deliver(&service).await;
        let mut sent: Vec<(String, String)> = receiver
            .bodies()
            .iter()
            .map(|body| (body["event"].to_string(), body["data"]["name"].to_string()))
            .map(|(event, name)| (event.replace('"', ""), name.replace('"', "")))
            .collect();
        sent.sort_unstable();
        let expected = [
            ("user.created", "Bea Buyer"),
            ("user.created", "Eve Other"),
            ("user.deleted", "Beatrix Buyer"),
            ("user.deleted", "Eve Other"),
            ("user.updated", "Beatrix Buyer"),
            ("user.updated", "Beatrix Buyer"),
        ];
        assert_eq!(sent, expected.map(|(event, name)| (event.to_owned(), name.to_owned())));
    }

    async fn a_request_of_a_password_is_sent_with_its_token(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let bea = create(&service, &ada, named("Bea", "Buyer", "bea@x.example")).await;
        make(&service, &ada, URL, &["user.reset-password-request"]).await;
        let token = customer::request_password_reset(&service, &ada.actor, bea.id).await.unwrap();
        customer::reset_password(&service, &ada.actor, bea.id, &token, "nine purple staplers".into()).await.unwrap();
        deliver(&service).await;
        assert_eq!(receiver.events(), ["user.reset-password-request"]);
        let body = receiver.bodies().remove(0);
        assert_eq!((&body["data"]["token"], &body["data"]["user"]["name"]), (&token.into(), &"Bea Buyer".into()));
    }

    async fn organizations_have_events(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["organization.*"]).await;
        let id = create_organization(&service, &ada, "Initech").await;
        let edit = |stored: &domain::organization::Organization| {
            Ok(domain::organization::Organization { email: "it@initech.example".into(), ..stored.clone() })
        };
        organization::update(&service, &ada.actor, id, edit).await.unwrap();
        organization::delete(&service, &ada.actor, id).await.unwrap();
        deliver(&service).await;
        let mut events = receiver.events();
        events.sort_unstable();
        assert_eq!(events, ["organization.created", "organization.deleted", "organization.updated"]);
        assert!(receiver.bodies().iter().all(|body| body["data"]["name"] == "Initech"));
    }

    async fn an_activation_names_its_customer(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        set_rules(&service, &ada, MachineRules::default(), "").await;
        make(&service, &ada, URL, &["activation.created"]).await;
        let new = NewLicense {
            customer_email: Some(email("bea@x.example")),
            machine_limit: Some(domain::license::Limit::new(1)),
            ..NewLicense::for_product(ada.product.id)
        };
        let issued = license::issue(&service, &ada.actor, new).await.unwrap();
        machine::activate(&service, request(&ada, &issued[0].key, "f"), None).await.unwrap();
        deliver(&service).await;
        assert_eq!(receiver.bodies()[0]["data"]["customer"], "bea@x.example");
    }
}
