//! Several nodes on one database: each delivery once while they run, and none lost when one stops.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::webhook::DeliveryState;
use service::key_rotation;
use service::secrets::MasterKey;
use service::webhook::{self, Dispatcher};

use super::{Receiver, URL, activate_domains, advance, clock, deliver, enable, make, states};
use test_support::{license, on_both_databases, seller};

on_both_databases! {
    async fn two_nodes_send_each_delivery_once(db: TestDatabase) {
        let (first, second, receiver) = (db.open().await, db.open().await, Arc::<Receiver>::default());
        let ada = seller(&first, "ada").await;
        enable(&first, &receiver);
        enable(&second, &receiver);
        make(&first, &ada, URL, &["domainActivation.created"]).await;
        make(&first, &ada, "https://other.example/", &["domainActivation.created"]).await;
        let (_, key) = license(&first, &ada, 500).await;
        activate_domains(&first, &key, 200).await;
        tokio::join!(deliver(&first), deliver(&second));
        deliver(&first).await;
        let received = receiver.received();
        let distinct: BTreeSet<_> = received.iter().map(|it| (it.url.clone(), it.body.clone())).collect();
        assert_eq!((received.len(), distinct.len()), (400, 400));
    }

    async fn another_node_sends_what_a_stopped_one_had_leased(db: TestDatabase) {
        let clock = clock();
        let (node, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&node, "ada").await;
        enable(&node, &receiver);
        let shop = make(&node, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = license(&node, &ada, 100).await;
        activate_domains(&node, &key, 5).await;
        receiver.hang(URL);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(Dispatcher::new(&node).unwrap().run(stopped));
        // A lane begins with two attempts, of which none may arrive after the count below.
        while receiver.received().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // As after kill -9: nothing is stored, and nothing is given back.
        running.abort();
        let _ = running.await;
        drop(stop);
        let before = receiver.received().len();
        receiver.unhang();

        let other = db.open_at(clock.clone()).await;
        enable(&other, &receiver);
        deliver(&other).await;
        assert_eq!(receiver.received().len(), before, "the lease of the stopped node counts");
        advance(&clock, 61_000);
        deliver(&other).await;
        assert_eq!(states(&other, &ada, &shop).await, [DeliveryState::Succeeded; 5]);
        let bodies: BTreeSet<String> = receiver.received().into_iter().map(|it| it.body).collect();
        assert_eq!(bodies.len(), 5, "each event arrives");
    }

    async fn deliveries_and_secrets_survive_a_rotation_of_the_master_key(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        webhook::rotate_secret(&service, &ada.actor, shop.id, None, 3_600_000).await.unwrap();
        webhook::send_test(&service, &ada.actor, shop.id, None).await.unwrap();
        let (_, key) = license(&service, &ada, 1).await;
        activate_domains(&service, &key, 1).await;
        key_rotation::begin(&service, MasterKey::generate()).await.unwrap();
        while key_rotation::reseal(&service, |_| {}).await.unwrap() > 0 {}
        key_rotation::finish(&service).await.unwrap();
        deliver(&service).await;
        let states = states(&service, &ada, &shop).await;
        assert_eq!(states, [DeliveryState::Succeeded; 2]);
        let sent = receiver.received().pop().unwrap();
        assert!(sent.headers.iter().any(|(name, _)| *name == "webhook-signature-previous"));
        let page = webhook::list_deliveries(&service, &ada.actor, shop.id, None, None).await.unwrap();
        for delivery in page.deliveries {
            let shown = webhook::show_delivery(&service, &ada.actor, delivery.id).await.unwrap();
            assert!(shown.payload.is_some() && shown.attempts[0].answer.is_some());
        }
    }
}
