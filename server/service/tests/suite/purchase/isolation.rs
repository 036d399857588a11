//! Roles and tenant isolation.

use domain::permission::Role;
use domain::purchase::{PriceId, PriceTerms, ShopProvider};
use domain::{ShopConnectionId, ShopEventId, ShopPriceId};
use service::purchase::{self, NewShop, ShopChange};
use service::{Actor, Error, Result, Service, new_id};

use super::{START, licenses, open, stripe_event};
use test_support::shop::{checkout, connect, settings};
use test_support::{member, on_both_databases, person, seller};

/// The use cases that change a connection or its events.
async fn change_all(
    service: &Service,
    actor: &Actor,
    (id, event): (ShopConnectionId, ShopEventId),
) -> Vec<(&'static str, Result<()>)> {
    let price = PriceId::parse("price", "price_9").unwrap();
    let change = ShopChange { settings: Some(settings()), secret: None };
    vec![
        ("change", purchase::change(service, actor, id, change).await),
        ("set_price", purchase::set_price(service, actor, id, &price, PriceTerms::default()).await),
        ("remove_price", purchase::remove_price(service, actor, id, ShopPriceId(new_id())).await),
        ("repeat", purchase::repeat(service, actor, event).await.map(drop)),
        ("delete", purchase::delete(service, actor, id).await),
    ]
}

on_both_databases! {
    async fn connections_of_another_seller_are_not_found(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let eve = seller(&service, "eve").await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await;
        let bought = checkout("cs_1", "pi_1", "plink_1");
        stripe_event(&service, shop.id, ("evt_1", "checkout.session.completed"), START, bought).await;
        let page = purchase::show_page(&service, &ada.actor, shop.id, None, None).await.unwrap();
        let event = page.events[0].id;
        for ids in [(shop.id, event), (ShopConnectionId(new_id()), ShopEventId(new_id()))] {
            let mut done = change_all(&service, &eve.actor, ids).await;
            done.push(("show", purchase::show(&service, &eve.actor, ids.0).await.map(drop)));
            done.push(("show_page", purchase::show_page(&service, &eve.actor, ids.0, None, None).await.map(drop)));
            done.push(("show_event", purchase::show_event(&service, &eve.actor, ids.1).await.map(drop)));
            for (name, done) in done {
                assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
            }
        }
        assert!(purchase::list(&service, &eve.actor).await.unwrap().is_empty());
        let new = NewShop {
            provider: ShopProvider::Stripe,
            product: ada.product.id,
            settings: settings(),
            secret: None,
        };
        let refused = purchase::create(&service, &eve.actor, new).await.map(drop);
        assert!(matches!(refused, Err(Error::NotFound)), "a product of another seller");
        let after = purchase::show_page(&service, &ada.actor, shop.id, None, None).await.unwrap();
        assert_eq!(after, page, "nothing was touched");
        assert_eq!(licenses(&service, &eve).await, []);
    }

    async fn members_read_by_their_role(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await;
        let bought = checkout("cs_1", "pi_1", "plink_1");
        stripe_event(&service, shop.id, ("evt_1", "checkout.session.completed"), START, bought).await;
        let page = purchase::show_page(&service, &ada.actor, shop.id, None, None).await.unwrap();
        let event = page.events[0].id;
        for role in [Role::Support, Role::Viewer] {
            let (account, user, _) = person(&service, role.as_str(), "ada", role).await;
            let actor = member(account, user, role.as_str(), role);
            for (name, done) in change_all(&service, &actor, (shop.id, event)).await {
                assert!(matches!(done, Err(Error::Forbidden)), "{role} {name}: {done:?}");
            }
            let shown = purchase::show_event(&service, &actor, event).await.unwrap();
            assert_eq!(shown.payload.is_some(), role == Role::Support, "{role}");
        }
    }
}
