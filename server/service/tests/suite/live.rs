//! Live pages: a viewer learns of activations and refusals on every node, within two seconds, and of no other
//! account's.

use std::collections::BTreeSet;
use std::time::Duration;

use service::activation::{activate, verify};
use service::live::{MAX_WATCHED, Topic, Viewer, WatchedTopic, page_version, wait_until_flush, watch};
use service::overview::overview;
use service::{Error, Service, cache_invalidation, license};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use test_support::{Seller, host, license as issue_one, on_both_databases, seller};

/// The background tasks of a node that live pages need.
struct Node([JoinHandle<()>; 2]);

impl Node {
    /// Starts the tasks, and waits until the node listens.
    async fn start(service: &Service) -> Self {
        let listener = tokio::spawn(cache_invalidation::listen(service.clone()));
        let service = service.clone();
        let flush = tokio::spawn(async move {
            loop {
                wait_until_flush(&service).await;
                service.flush_live().await.unwrap();
            }
        });
        sleep(Duration::from_millis(400)).await;
        Self([listener, flush])
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// Watches the page of a license (position 0) and the overview (position 1). Other nodes know of the viewer.
async fn view(service: &Service, seller: &Seller, id: domain::LicenseId) -> Viewer {
    let topics = [Topic::License(id), Topic::Overview(seller.actor.account)]
        .map(|topic| WatchedTopic { topic, seen: None });
    let viewer = watch(service, &seller.actor, &topics).await.unwrap();
    sleep(Duration::from_millis(300)).await;
    viewer
}

/// Waits until both pages changed.
async fn expect_both_changed(viewer: &Viewer) {
    let both = async {
        let mut changed = BTreeSet::new();
        while changed.len() < 2 {
            changed.extend(viewer.changed().await.unwrap());
        }
    };
    timeout(Duration::from_secs(2), both).await.expect("both pages changed within two seconds");
}

/// Waits until no page has changed for longer than the interval of flushes.
async fn wait_until_silent(viewer: &Viewer) {
    while timeout(Duration::from_millis(700), viewer.changed()).await.is_ok() {}
}

on_both_databases! {
    async fn activations_on_every_node_are_seen(db: TestDatabase) {
        let (here, there) = (db.open().await, db.open().await);
        let seller = seller(&here, "ada").await;
        let (id, key) = issue_one(&here, &seller, 3).await;
        let _nodes = [Node::start(&here).await, Node::start(&there).await];
        let viewer = view(&here, &seller, id).await;
        wait_until_silent(&viewer).await;
        activate(&here, &key, &host("a.com"), None).await.unwrap();
        expect_both_changed(&viewer).await;
        assert_eq!(license::show(&here, &seller.actor, id).await.unwrap().domains_used, 1);
        assert_eq!(overview(&here, &seller.actor, 7).await.unwrap().activations.current, 1);
        wait_until_silent(&viewer).await;
        activate(&there, &key, &host("b.com"), None).await.unwrap();
        expect_both_changed(&viewer).await;
        assert_eq!(license::show(&here, &seller.actor, id).await.unwrap().domains_used, 2);
    }

    async fn refusals_on_every_node_are_stored_and_seen(db: TestDatabase) {
        let (here, there) = (db.open().await, db.open().await);
        let seller = seller(&here, "ada").await;
        let (id, key) = issue_one(&here, &seller, 1).await;
        let _nodes = [Node::start(&here).await, Node::start(&there).await];
        let viewer = view(&here, &seller, id).await;
        // One server serves a SQLite file.
        let nodes = if db.is_sqlite() { vec![&here] } else { vec![&here, &there] };
        for (n, node) in (1..).zip(nodes) {
            wait_until_silent(&viewer).await;
            verify(node, &key, &host(&format!("refused{n}.com")), None).await.unwrap();
            expect_both_changed(&viewer).await;
            assert_eq!(license::show(&here, &seller.actor, id).await.unwrap().refused.len(), n);
            assert_eq!(overview(&here, &seller.actor, 7).await.unwrap().refused.current, i64::try_from(n).unwrap());
        }
    }

    async fn many_changes_coalesce_and_those_of_others_are_not_seen(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = issue_one(&service, &ada, 1000).await;
        let (_, foreign_key) = issue_one(&service, &eve, 1).await;
        let _node = Node::start(&service).await;
        let viewer = view(&service, &ada, id).await;
        wait_until_silent(&viewer).await;
        activate(&service, &foreign_key, &host("eve.com"), None).await.unwrap();
        verify(&service, &foreign_key, &host("other.com"), None).await.unwrap();
        assert!(timeout(Duration::from_secs(1), viewer.changed()).await.is_err(), "a change of another account");
        for n in 0..100 {
            activate(&service, &key, &host(&format!("d{n}.com")), None).await.unwrap();
        }
        // A slow viewer takes all of them at once.
        sleep(Duration::from_secs(1)).await;
        assert_eq!(viewer.changed().await, Some(vec![0, 1]));
        assert!(timeout(Duration::from_millis(700), viewer.changed()).await.is_err());
    }

    async fn topics_of_other_accounts_do_not_end_the_watching(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = issue_one(&service, &ada, 3).await;
        let (foreign, foreign_key) = issue_one(&service, &eve, 3).await;
        let _node = Node::start(&service).await;
        let seen = Some("older.7".to_owned());
        let foreign = [Topic::License(foreign), Topic::Overview(eve.actor.account)];
        let topics = [foreign[0], foreign[1], Topic::License(id)];
        let topics = topics.map(|topic| WatchedTopic { topic, seen: seen.clone() });
        let viewer = watch(&service, &ada.actor, &topics).await.unwrap();
        assert_eq!(viewer.changed().await, Some(vec![2]), "an outdated page of the account");
        activate(&service, &foreign_key, &host("eve.com"), None).await.unwrap();
        assert!(timeout(Duration::from_millis(700), viewer.changed()).await.is_err());
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(timeout(Duration::from_secs(2), viewer.changed()).await.expect("a change"), Some(vec![2]));
        let refused = watch(&service, &ada.actor, &topics[..2]).await;
        assert!(matches!(refused, Err(Error::NotFound)), "none of the topics is the account's");
    }

    async fn nothing_is_flushed_early_unless_a_page_is_open(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = issue_one(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        service.flush_all().await.unwrap();
        assert!(timeout(Duration::from_secs(1), wait_until_flush(&service)).await.is_err());
        let _ = page_version(&service);
        timeout(Duration::from_secs(1), wait_until_flush(&service)).await.expect("a page was rendered");
        // Valid verifications alone are not urgent.
        let verifications = async || overview(&service, &seller.actor, 7).await.unwrap().verifications.current;
        verify(&service, &key, &host("a.com"), None).await.unwrap();
        service.flush_live().await.unwrap();
        assert_eq!(verifications().await, 0);
        verify(&service, &key, &host("b.com"), None).await.unwrap();
        service.flush_live().await.unwrap();
        assert_eq!(verifications().await, 2);
    }

    async fn change_while_a_page_loads_is_seen(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = issue_one(&service, &seller, 2).await;
        let _node = Node::start(&service).await;
        let topic = Topic::License(id);
        let unchanged = [WatchedTopic { topic, seen: Some(page_version(&service)) }];
        let viewer = watch(&service, &seller.actor, &unchanged).await.unwrap();
        assert!(timeout(Duration::from_millis(300), viewer.changed()).await.is_err());
        let seen = Some(page_version(&service));
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        // PostgreSQL notifies this process too.
        sleep(Duration::from_millis(300)).await;
        let late = watch(&service, &seller.actor, &[WatchedTopic { topic, seen }]).await.unwrap();
        assert_eq!(timeout(Duration::from_secs(1), late.changed()).await.expect("a change"), Some(vec![0]));
    }

    async fn topics_of_a_viewer_are_bounded_and_viewers_end_at_the_shutdown(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = issue_one(&service, &seller, 1).await;
        let topics = vec![WatchedTopic { topic: Topic::License(id), seen: None }; MAX_WATCHED + 1];
        for refused in [topics.clone(), Vec::new()] {
            assert!(matches!(watch(&service, &seller.actor, &refused).await, Err(Error::NotFound)));
        }
        let viewer = watch(&service, &seller.actor, &topics[..MAX_WATCHED]).await.unwrap();
        assert_eq!(viewer.viewers(), 1);
        service::live::close(&service);
        assert_eq!(viewer.changed().await, None);
        let late = watch(&service, &seller.actor, &topics[..1]).await.unwrap();
        assert_eq!(late.changed().await, None);
    }
}
