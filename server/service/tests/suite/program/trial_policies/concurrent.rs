//! Two requests or two forms that change or choose trial policies at the same time.

use domain::license::Limit;
use service::Error;
use service::product::{self, ProductTerms};
use service::trial_policy;

use super::{DAY_SECONDS, choose, form_of, made, named, present};
use test_support::{on_both_databases, seller};

on_both_databases! {
    async fn a_policy_is_chosen_or_deleted_and_never_both(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        for _ in 0..8 {
            let policy = made(&services[0], &ada, &named("raced", DAY_SECONDS)).await;
            let (id, product, actor) = (policy.id, ada.product.id, ada.actor.clone());
            let service = services[1].clone();
            let deletion = tokio::spawn(async move { trial_policy::delete(&service, &actor, id).await });
            let terms = ProductTerms { trial_policy: Some(Some(id)), ..ProductTerms::default() };
            let chosen = product::edit_by_program(&services[0], &ada.actor, product, &terms).await.unwrap();
            let deleted = deletion.await.unwrap();
            assert_eq!(deleted.is_ok(), chosen.is_err(), "{deleted:?}");
            assert_eq!(present(&services[0], &ada).await.map(|policy| policy.id), chosen.ok().map(|_| id));
            choose(&services[0], &ada, None).await;
        }
    }

    async fn two_forms_of_a_policy_do_not_overwrite_each_other(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let shown = made(&service, &ada, &named("14 days", 14 * DAY_SECONDS)).await;
        let limit = form_of(&shown, 14, Limit::new(5));
        trial_policy::edit(&service, &ada.actor, shown.id, limit).await.unwrap();
        let length = form_of(&shown, 30, Limit::UNLIMITED);
        let changed = trial_policy::edit(&service, &ada.actor, shown.id, length).await.unwrap();
        assert_eq!((changed.rules.days(), changed.rules.limit), (30, Limit::new(5)));
        let late = trial_policy::edit(&service, &ada.actor, shown.id, form_of(&shown, 7, Limit::new(9))).await;
        let Err(Error::Changed(conflicts)) = late else { panic!("{late:?}") };
        let conflicts: Vec<_> =
            conflicts.iter().map(|fault| (fault.field, fault.message.contains("meanwhile"))).collect();
        assert_eq!(conflicts, [("trial_days", true), ("trial_limit", true)]);
        assert_eq!(trial_policy::show(&service, &ada.actor, shown.id).await.unwrap(), changed);
    }

    async fn each_of_two_requests_gets_the_policy_that_it_names(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        let first = made(&services[0], &ada, &named("first", DAY_SECONDS)).await.id;
        let second = made(&services[0], &ada, &named("second", DAY_SECONDS)).await.id;
        for _ in 0..16 {
            choose(&services[0], &ada, Some(first)).await;
            let requests = services.iter().zip([first, second]).map(|(service, id)| {
                let (service, product, actor) = (service.clone(), ada.product.id, ada.actor.clone());
                tokio::spawn(async move {
                    let terms = ProductTerms { trial_policy: Some(Some(id)), ..ProductTerms::default() };
                    let edited = product::edit_by_program(&service, &actor, product, &terms).await;
                    (id, edited.unwrap().unwrap().trial_policy.map(|policy| policy.id))
                })
            });
            for request in requests.collect::<Vec<_>>() {
                let (named, got) = request.await.unwrap();
                assert_eq!(got, Some(named));
            }
        }
    }
}
