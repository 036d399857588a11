//! The trace of a request goes with the deliveries of its changes.

use std::sync::Arc;

use domain::trace_context::TraceContext;
use service::activation::activate;
use service::{license, trace, webhook};

use super::{Receiver, URL, advance, clock, deliver, deliveries, enable, make, status};
use test_support::{host, license as make_license, on_both_databases, seller};

/// A trace of a caller, distinguished by a digit.
fn caller(digit: usize, state: Option<&str>) -> TraceContext {
    let parent = format!("00-4bf92f3577b34da6a3ce929d0e0e473{digit}-00f067aa0ba902b7-01");
    TraceContext::parse(&parent, state).expect("a trace")
}

on_both_databases! {
    async fn each_delivery_has_the_trace_of_its_change(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["domainActivation.created", "license.suspended"]).await;
        let (id, key) = make_license(&service, &ada, 10).await;
        let traced = trace::scope(
            Some(Arc::new(caller(1, Some("rojo=1")))),
            license::suspend(&service, &ada.actor, id, None),
        );
        traced.await.unwrap();
        license::reinstate(&service, &ada.actor, id).await.unwrap();
        // Several requests share a transaction, and each has its own trace.
        let mut requests = tokio::task::JoinSet::new();
        for digit in 2..8 {
            let (service, key) = (service.clone(), key.clone());
            let context = (digit % 2 == 0).then(|| Arc::new(caller(digit, None)));
            requests.spawn(trace::scope(context, async move {
                activate(&service, &key, &host(&format!("d{digit}.example.com")), None).await.unwrap();
            }));
        }
        requests.join_all().await;
        deliver(&service).await;

        let received = receiver.received();
        assert_eq!(received.len(), 7);
        for request in received {
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            let name = body["data"]["name"].as_str().unwrap();
            let expected = match name.strip_prefix('d').and_then(|rest| rest.get(..1)?.parse::<usize>().ok()) {
                Some(digit) => (digit % 2 == 0).then(|| caller(digit, None)),
                None => Some(caller(1, Some("rojo=1"))),
            };
            assert_eq!(request.trace, expected, "{name}");
        }
    }

    async fn later_attempts_have_the_same_trace(db: TestDatabase) {
        let clock = clock();
        let (service, receiver) = (db.open_at(clock.clone()).await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["domainActivation.created"]).await;
        let (_, key) = make_license(&service, &ada, 1).await;
        receiver.answer(URL, [status(500)]);
        let domain = host("d.example.com");
        let traced = trace::scope(Some(Arc::new(caller(1, None))), activate(&service, &key, &domain, None));
        traced.await.unwrap();
        deliver(&service).await;
        advance(&clock, 6_000);
        deliver(&service).await;
        let delivery = deliveries(&service, &ada, &shop).await[0].id;
        webhook::retry(&service, &ada.actor, delivery).await.unwrap();
        deliver(&service).await;
        let traces: Vec<_> = receiver.received().into_iter().map(|request| request.trace).collect();
        assert_eq!(traces, vec![Some(caller(1, None)); 3]);
    }

    async fn test_of_a_webhook_has_the_trace_of_its_request(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let shop = make(&service, &ada, URL, &["license.created"]).await;
        let trace = Some(Arc::new(caller(1, None)));
        trace::scope(trace, webhook::send_test(&service, &ada.actor, shop.id, None)).await.unwrap();
        webhook::send_test(&service, &ada.actor, shop.id, None).await.unwrap();
        let traces: Vec<_> = receiver.received().into_iter().map(|request| request.trace).collect();
        assert_eq!(traces, [Some(caller(1, None)), None]);
    }
}
