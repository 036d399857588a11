//! A second seller can't read, change or guess at anything of the first: every
//! use case answers with "not found", as it does for what does not exist.

use domain::bounded_text::Name;
use domain::license::{Limit, NewLicense};
use domain::product::ProductSettings;
use domain::view::LicenseQuery;
use domain::{ActivationId, LicenseId, ProductId};
use service::license::NewLimits;
use service::{Actor, Error, Result, Service, activation, license, new_id, overview, product};

use crate::on_both_databases;
use crate::support::{host, license as issue_one, seller};

/// Every use case that names a license, an activation or a product.
async fn all(
    service: &Service,
    actor: &Actor,
    l: LicenseId,
    a: ActivationId,
    p: ProductId,
) -> Vec<(&'static str, Result<()>)> {
    let settings = || ProductSettings::with_name(Name::parse("name", "Stolen").unwrap());
    let limits = NewLimits { domains: Some(Limit::new(9)), machines: None };
    vec![
        ("license::show", license::show(service, actor, l).await.map(drop)),
        ("license::timeline", license::timeline(service, actor, l).await.map(drop)),
        ("license::reveal_key", license::reveal_key(service, actor, l).await.map(drop)),
        ("license::suspend", license::suspend(service, actor, l, None).await),
        ("license::reinstate", license::reinstate(service, actor, l).await),
        ("license::revoke", license::revoke(service, actor, l, None).await),
        ("license::renew", license::renew(service, actor, l, Some(domain::Timestamp::MAX)).await),
        ("license::change_limit", license::change_limit(service, actor, l, limits).await),
        ("license::issue", license::issue(service, actor, NewLicense::for_product(p)).await.map(drop)),
        ("activation::free", activation::free(service, actor, l, a).await),
        ("product::show", product::show(service, actor, p).await.map(drop)),
        ("product::update", product::update(service, actor, p, settings()).await.map(drop)),
    ]
}

on_both_databases! {
    async fn nothing_of_another_sellers_is_there(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = issue_one(&service, &ada, 2).await;
        activation::activate(&service, &key, &host("ada.com"), None).await.unwrap();
        let before = license::show(&service, &ada.actor, id).await.unwrap();
        let slot = before.activations[0].id;

        for (name, done) in all(&service, &eve.actor, id, slot, ada.product.id).await {
            assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
        }
        let (l, a, p) = (LicenseId(new_id()), ActivationId(new_id()), ProductId(new_id()));
        for (name, done) in all(&service, &eve.actor, l, a, p).await {
            assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
        }
        // Her own license does not lead to another's activation.
        let (hers, _) = issue_one(&service, &eve, 1).await;
        let crossed = activation::free(&service, &eve.actor, hers, slot).await;
        assert!(matches!(crossed, Err(Error::NotFound)));

        for text in ["", key.expose(), &key.last_four(), "ada.com"] {
            let query = LicenseQuery { search: text.to_owned(), ..LicenseQuery::default() };
            let page = license::list(&service, &eve.actor, &query).await.unwrap();
            assert!(page.items.iter().all(|row| row.id == hers), "{text}");
        }
        let products = product::list(&service, &eve.actor).await.unwrap();
        assert!(products.iter().all(|p| p.id == eve.product.id));
        let glance = overview::overview(&service, &eve.actor).await.unwrap();
        assert_eq!(glance.licenses, 1);
        assert_eq!(license::show(&service, &ada.actor, id).await.unwrap(), before, "nothing was touched");
    }

    async fn an_app_is_no_seller(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (id, _) = issue_one(&service, &ada, 2).await;
        let app = Actor { account: ada.account, principal: service::Principal::App { ip: None } };
        for (name, done) in all(&service, &app, id, ActivationId(new_id()), ada.product.id).await {
            assert!(matches!(done, Err(Error::Forbidden)), "{name}: {done:?}");
        }
    }
}
