//! Members: invitations, roles, removal, the transfer of the ownership, and races between them.

use std::sync::Arc;

use domain::bounded_text::Name;
use domain::invitation::{INVITATION_LIFETIME_MS, InvitationState};
use domain::permission::Role;
use domain::{Email, Timestamp, UserId};
use sea_orm::Database;
use service::account::member as load;
use service::member::TokensOfRemoved::{HandedOver, Withdrawn};
use service::member::{
    NewInvitation, NewMember, accept_invitation, accept_invitation_as_new_user, change_role, invite, leave,
    list, remove, show_invitation, switch_account, transfer_ownership, withdraw_invitation,
};
use service::{Actor, Clock, Error, Service, api_token, session};
use tokio::sync::Barrier;

use test_support::{PASSWORD, Seller, member, on_both_databases, person, seller, texts};

/// An invitation to a role, without a name and an address.
pub fn to_role(role: Role) -> NewInvitation {
    NewInvitation { role, name: None, email: None }
}

/// A new user with this name.
pub fn new_member(name: &str) -> NewMember {
    NewMember {
        name: Name::parse("name", name).unwrap(),
        email: Email::parse(&format!("{name}@example.com")).unwrap(),
        password: PASSWORD.to_owned(),
        address: None,
    }
}

/// Adds a member to the seller's account and returns the member as an actor.
async fn add(service: &Service, seller: &Seller, name: &str, role: Role) -> (UserId, Actor) {
    let (account, user, _) = person(service, name, "ada", role).await;
    assert_eq!(account, seller.account);
    (user, member(account, user, name, role))
}

/// Returns names and roles of the members.
async fn team(service: &Service, actor: &Actor) -> Vec<(String, Role)> {
    let team = list(service, actor).await.unwrap();
    team.members.into_iter().map(|member| (member.name, member.role)).collect()
}

/// Returns how many of the results are successes, in a race of two.
async fn race<F>(first: F, second: F) -> usize
where
    F: Future<Output = bool> + Send + 'static,
{
    let start = Arc::new(Barrier::new(2));
    let run = |task: F| {
        let start = Arc::clone(&start);
        tokio::spawn(async move {
            start.wait().await;
            task.await
        })
    };
    let (first, second) = (run(first), run(second));
    usize::from(first.await.unwrap()) + usize::from(second.await.unwrap())
}

fn is_conflict<T>(result: &service::Result<T>) -> bool {
    matches!(result, Err(Error::Conflict(_)))
}

on_both_databases! {
    async fn an_invitation_works_once_for_seven_days(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let made = invite(&service, &ada.actor, to_role(Role::Support)).await.unwrap();
        let shown = show_invitation(&service, &made.token).await.unwrap();
        assert_eq!((shown.account.as_str(), shown.role, shown.invited_by.as_str()), ("ada", Role::Support, "ada"));
        assert_eq!(shown.state, InvitationState::Open);
        let (account, grace) =
            accept_invitation_as_new_user(&service, &made.token, new_member("grace")).await.unwrap();
        assert_eq!(account, ada.account);
        assert_eq!(load(&service, grace.user, None).await.unwrap().me.role, Role::Support);
        assert_eq!(team(&service, &ada.actor).await, [("ada".to_owned(), Role::Owner), ("grace".to_owned(), Role::Support)]);

        let again = accept_invitation_as_new_user(&service, &made.token, new_member("eve")).await;
        assert!(is_conflict(&again), "a link works once");
        assert!(is_conflict(&withdraw_invitation(&service, &ada.actor, made.id).await));
        assert_eq!(show_invitation(&service, &made.token).await.unwrap().state, InvitationState::Accepted);

        let late = invite(&service, &ada.actor, to_role(Role::Viewer)).await.unwrap();
        assert_eq!(list(&service, &ada.actor).await.unwrap().invitations.len(), 1);
        clock.set(service.now().plus_millis(INVITATION_LIFETIME_MS));
        assert!(is_conflict(&accept_invitation(&service, &late.token, grace.user).await));
        assert_eq!(show_invitation(&service, &late.token).await.unwrap().state, InvitationState::Expired);
        assert_eq!(list(&service, &ada.actor).await.unwrap().invitations, []);
        let unknown = show_invitation(&service, "no such token").await;
        assert!(matches!(unknown, Err(Error::NotFound)));
    }

    async fn a_withdrawn_invitation_is_refused_and_a_member_keeps_the_role(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let made = invite(&service, &ada.actor, to_role(Role::Viewer)).await.unwrap();
        withdraw_invitation(&service, &ada.actor, made.id).await.unwrap();
        withdraw_invitation(&service, &ada.actor, made.id).await.unwrap();
        assert!(is_conflict(&accept_invitation(&service, &made.token, ada.user).await));
        let made = invite(&service, &ada.actor, to_role(Role::Viewer)).await.unwrap();
        assert!(is_conflict(&accept_invitation(&service, &made.token, ada.user).await), "a member already");
        assert_eq!(show_invitation(&service, &made.token).await.unwrap().state, InvitationState::Open);
        assert_eq!(team(&service, &ada.actor).await, [("ada".to_owned(), Role::Owner)]);
    }

    async fn a_new_user_needs_a_free_address_and_a_good_password(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let made = invite(&service, &ada.actor, to_role(Role::Viewer)).await.unwrap();
        for (new, field) in [
            (new_member("ada"), "email"),
            (NewMember { password: "short".into(), ..new_member("grace") }, "password"),
            (NewMember { password: "grace grace 77".into(), ..new_member("grace") }, "password"),
        ] {
            let refused = accept_invitation_as_new_user(&service, &made.token, new).await;
            let Err(Error::Invalid(faults)) = refused else { panic!("accepted") };
            assert_eq!(faults[0].field, field);
        }
        accept_invitation_as_new_user(&service, &made.token, new_member("grace")).await.unwrap();
    }

    async fn a_person_is_a_member_of_several_sellers_and_switches(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let made = invite(&service, &ada.actor, to_role(Role::Admin)).await.unwrap();
        assert!(matches!(switch_account(&service, eve.user, ada.account).await, Err(Error::NotFound)));
        assert!(matches!(load(&service, eve.user, Some(ada.account)).await, Err(Error::NotFound)));
        assert_eq!(accept_invitation(&service, &made.token, eve.user).await.unwrap(), ada.account);
        switch_account(&service, eve.user, ada.account).await.unwrap();
        let chosen = load(&service, eve.user, Some(ada.account)).await.unwrap();
        assert_eq!((chosen.actor.account, chosen.me.role), (ada.account, Role::Admin));
        let accounts: Vec<_> = chosen.accounts.iter().map(|a| (a.name.as_str(), a.role, a.is_current)).collect();
        assert_eq!(accounts, [("eve", Role::Owner, false), ("ada", Role::Admin, true)]);
        assert_eq!(load(&service, eve.user, None).await.unwrap().actor.account, eve.account);
    }

    async fn admins_manage_only_the_roles_below_them(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (admin_user, admin) = add(&service, &ada, "adam", Role::Admin).await;
        let (support_user, support) = add(&service, &ada, "sam", Role::Support).await;
        let (viewer, _) = add(&service, &ada, "vera", Role::Viewer).await;
        for role in [Role::Owner, Role::Admin] {
            assert!(matches!(invite(&service, &admin, to_role(role)).await, Err(Error::Forbidden)));
            assert!(matches!(change_role(&service, &admin, viewer, role).await, Err(Error::Forbidden)));
        }
        for user in [ada.user, admin_user] {
            assert!(matches!(change_role(&service, &admin, user, Role::Viewer).await, Err(Error::Forbidden)));
        }
        assert!(matches!(remove(&service, &admin, ada.user, Withdrawn).await, Err(Error::Forbidden)));
        assert!(matches!(transfer_ownership(&service, &admin, admin_user).await, Err(Error::Forbidden)));
        assert!(matches!(change_role(&service, &support, viewer, Role::Support).await, Err(Error::Forbidden)));
        assert!(matches!(invite(&service, &support, to_role(Role::Viewer)).await, Err(Error::Forbidden)));
        change_role(&service, &admin, viewer, Role::Support).await.unwrap();
        remove(&service, &admin, viewer, Withdrawn).await.unwrap();
        let team = list(&service, &support).await.unwrap();
        assert_eq!((team.members.len(), team.invitations.len()), (3, 0), "every member sees the list");
        // The present role decides, not the one of the request.
        change_role(&service, &ada.actor, admin_user, Role::Viewer).await.unwrap();
        assert!(matches!(remove(&service, &admin, support_user, Withdrawn).await, Err(Error::Forbidden)));
    }

    async fn the_last_owner_stays(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (grace, _) = add(&service, &ada, "grace", Role::Viewer).await;
        assert!(is_conflict(&leave(&service, &ada.actor).await));
        assert!(is_conflict(&change_role(&service, &ada.actor, ada.user, Role::Admin).await));
        assert!(is_conflict(&remove(&service, &ada.actor, ada.user, Withdrawn).await));
        assert!(is_conflict(&transfer_ownership(&service, &ada.actor, ada.user).await));
        transfer_ownership(&service, &ada.actor, grace).await.unwrap();
        let grace_actor = member(ada.account, grace, "grace", Role::Owner);
        assert_eq!(team(&service, &grace_actor).await, [("grace".to_owned(), Role::Owner), ("ada".to_owned(), Role::Admin)]);
        leave(&service, &ada.actor).await.unwrap();
        assert!(matches!(load(&service, ada.user, None).await, Err(Error::NotFound)));
        assert_eq!(team(&service, &grace_actor).await, [("grace".to_owned(), Role::Owner)]);
    }

    async fn a_removal_ends_sessions_and_invitations_and_tokens(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let made = invite(&service, &ada.actor, to_role(Role::Admin)).await.unwrap();
        accept_invitation(&service, &made.token, eve.user).await.unwrap();
        let eve_at_ada = member(ada.account, eve.user, "eve", Role::Admin);
        let name = Name::parse("name", "shop").unwrap();
        let token = api_token::create(&service, &eve_at_ada, name, Role::Support).await.unwrap();
        let own_link = invite(&service, &eve_at_ada, to_role(Role::Support)).await.unwrap();
        for (id, account) in [(b"1234567890123456", None), (b"2234567890123456", Some(ada.account)), (b"3234567890123456", Some(eve.account))] {
            let stored = session::SessionRecord { data: "{}".into(), expires_at: Timestamp::MAX, account, ..Default::default() };
            session::create(&service, id, Some(eve.user), stored).await.unwrap();
        }
        remove(&service, &ada.actor, eve.user, Withdrawn).await.unwrap();
        for (id, is_open) in [(b"1234567890123456", true), (b"2234567890123456", false), (b"3234567890123456", true)] {
            assert_eq!(session::load(&service, id).await.unwrap().is_some(), is_open);
        }
        let state = show_invitation(&service, &own_link.token).await.unwrap().state;
        assert_eq!(state, InvitationState::Withdrawn, "a removed member does not come back by an own link");
        assert!(api_token::authenticate(&service, &token.token).await.unwrap().is_none(), "it dies with its maker");
        assert!(matches!(remove(&service, &ada.actor, eve.user, Withdrawn).await, Err(Error::NotFound)));
    }

    async fn tokens_are_handed_over_and_those_above_a_new_role_are_withdrawn(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (adam, admin) = add(&service, &ada, "adam", Role::Admin).await;
        let make = async |role| {
            let name = Name::parse("name", "shop").unwrap();
            api_token::create(&service, &admin, name, role).await.unwrap()
        };
        let (high, low) = (make(Role::Admin).await, make(Role::Support).await);
        let works = async |token: &str| api_token::authenticate(&service, token).await.unwrap().is_some();
        change_role(&service, &ada.actor, adam, Role::Support).await.unwrap();
        assert!(!works(&high.token).await, "it ranks above its maker");
        assert!(works(&low.token).await);
        remove(&service, &ada.actor, adam, HandedOver).await.unwrap();
        assert!(works(&low.token).await, "handed over");
        let members = list(&service, &ada.actor).await.unwrap().members;
        let tokens: Vec<_> = members.iter().flat_map(|member| &member.tokens).map(|token| token.id).collect();
        assert_eq!((members.len(), tokens), (1, vec![low.id]));
        let (grace, _) = add(&service, &ada, "grace", Role::Owner).await;
        transfer_ownership(&service, &ada.actor, grace).await.unwrap();
        leave(&service, &ada.actor).await.unwrap();
        assert!(!works(&low.token).await, "it dies with its new maker");
    }

    async fn a_token_that_is_made_during_a_removal_does_not_survive_it(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        for n in 0..8 {
            let (user, admin) = add(&services[0], &ada, &format!("admin{n}"), Role::Admin).await;
            let make = {
                let service = services[1].clone();
                async move {
                    let name = Name::parse("name", "shop").unwrap();
                    api_token::create(&service, &admin, name, Role::Admin).await.is_ok()
                }
            };
            let remove = {
                let (service, actor) = (services[0].clone(), ada.actor.clone());
                async move { remove(&service, &actor, user, Withdrawn).await.is_ok() }
            };
            let start = Arc::new(Barrier::new(2));
            let run = async |start: Arc<Barrier>, task: std::pin::Pin<Box<dyn Future<Output = bool> + Send>>| {
                start.wait().await;
                task.await
            };
            let (_, removed) = tokio::join!(
                run(Arc::clone(&start), Box::pin(make)), run(Arc::clone(&start), Box::pin(remove))
            );
            assert!(removed);
            let active = api_token::list(&services[0], &ada.actor).await.unwrap();
            assert!(active.iter().all(|token| token.revoked_at.is_some()), "no token outlives its maker");
        }
    }

    async fn two_owners_who_remove_each_other_leave_one_owner(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        for n in 0..8 {
            let (other, other_actor) = add(&services[0], &ada, &format!("owner{n}"), Role::Owner).await;
            let task = |service: &Service, actor: &Actor, user: UserId| {
                let (service, actor) = (service.clone(), actor.clone());
                async move { remove(&service, &actor, user, Withdrawn).await.is_ok() }
            };
            let done = race(task(&services[0], &ada.actor, other), task(&services[1], &other_actor, ada.user)).await;
            assert_eq!(done, 1);
            let present = if load(&services[0], ada.user, None).await.is_ok() { &ada.actor } else { &other_actor };
            assert_eq!(team(&services[0], present).await.len(), 1);
            if present == &other_actor {
                let made = invite(&services[0], &other_actor, to_role(Role::Owner)).await.unwrap();
                accept_invitation(&services[0], &made.token, ada.user).await.unwrap();
                remove(&services[0], &ada.actor, other, Withdrawn).await.unwrap();
            }
        }
    }

    async fn two_owners_who_leave_at_once_leave_one_owner(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        let (_, grace) = add(&services[0], &ada, "grace", Role::Owner).await;
        let task = |service: &Service, actor: &Actor| {
            let (service, actor) = (service.clone(), actor.clone());
            async move { leave(&service, &actor).await.is_ok() }
        };
        assert_eq!(race(task(&services[0], &ada.actor), task(&services[1], &grace)).await, 1);
        assert_eq!(team(&services[0], &ada.actor).await.iter().filter(|(_, role)| *role == Role::Owner).count(), 1);
    }

    async fn an_invitation_accepted_by_two_at_once_is_accepted_by_one(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        let users = [seller(&services[0], "eve").await.user, seller(&services[0], "mallory").await.user];
        let made = invite(&services[0], &ada.actor, to_role(Role::Support)).await.unwrap();
        let task = |n: usize| {
            let (service, token, user) = (services[n].clone(), made.token.clone(), users[n]);
            async move { accept_invitation(&service, &token, user).await.is_ok() }
        };
        assert_eq!(race(task(0), task(1)).await, 1);
        assert_eq!(team(&services[0], &ada.actor).await.len(), 2);
    }

    async fn changes_of_the_team_are_recorded_without_personal_data(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let made = invite(&service, &ada.actor, to_role(Role::Support)).await.unwrap();
        let (_, grace) =
            accept_invitation_as_new_user(&service, &made.token, new_member("grace")).await.unwrap();
        change_role(&service, &ada.actor, grace.user, Role::Viewer).await.unwrap();
        remove(&service, &ada.actor, grace.user, Withdrawn).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_name || ' ' || action || ' ' || detail AS text FROM audit_entries \
                   WHERE action LIKE 'member.%' ORDER BY id";
        assert_eq!(texts(&connection, sql).await, [
            "operator's shell member.added ada@example.com as owner",
            "ada member.invited anyone with the link as support",
            "grace member.joined grace as support, invited by ada",
            "ada member.role_changed grace: support to viewer",
            "ada member.removed grace, viewer",
        ]);
        let sql = "SELECT payload AS text FROM outbox_events WHERE kind LIKE 'member.%'";
        for payload in texts(&connection, sql).await {
            assert!(!payload.contains("grace") && !payload.contains(&made.token), "{payload}");
        }
    }
}
