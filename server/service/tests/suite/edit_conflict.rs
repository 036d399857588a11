//! Two members who change the same thing at once: the second sees it, and nothing is lost.

use domain::FieldError;
use domain::bounded_text::Notes;
use domain::edit::Edit;
use domain::event::Event;
use domain::license::{Limit, Renewal};
use domain::mail_template::{TemplateKind, TemplateSource};
use domain::permission::Role;
use service::audit::{ChangedObject, last_change};
use service::license::{LimitsChange, ShownExpiry, change_shown_limits, renew_shown, set_notes, show};
use service::mail::{
    CustomerMailChange, SenderName, TemplateVersion, change_shown_customer_mail, change_shown_template,
    reset_shown_template, save_shown_draft, show_customer_mail, show_template,
};
use service::{Actor, Error, Result, Service};

use test_support::{Seller, license, member, on_both_databases, seller};

const KIND: TemplateKind = TemplateKind::ExpiryReminder;

fn source(subject: &str) -> TemplateSource {
    TemplateSource { subject: subject.to_owned(), text: "{{ product }}".to_owned(), html: String::new() }
}

/// Another member of the seller's account.
fn grace(seller: &Seller) -> Actor {
    member(seller.account, seller.user, "grace", Role::Owner)
}

fn conflicts<T: std::fmt::Debug>(result: Result<T>) -> Vec<FieldError> {
    match result {
        Err(Error::Changed(conflicts)) => conflicts,
        other => panic!("{other:?}"),
    }
}

/// Returns the version that the page of the template shows.
async fn version(service: &Service, actor: &Actor) -> TemplateVersion {
    let shown = show_template(service, actor, KIND).await.unwrap();
    TemplateVersion::parse(&shown.version).expect("a version")
}

on_both_databases! {
    async fn a_template_that_was_changed_meanwhile_is_not_overwritten(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (actor, other) = (&ada.actor, grace(&ada));
        let shown = version(&service, actor).await;
        change_shown_template(&service, &other, KIND, &source("theirs"), Some(&shown)).await.unwrap();
        for result in [
            change_shown_template(&service, actor, KIND, &source("mine"), Some(&shown)).await,
            save_shown_draft(&service, actor, KIND, &source("mine"), Some(&shown)).await,
            reset_shown_template(&service, actor, KIND, Some(&shown)).await,
        ] {
            assert_eq!(conflicts(result)[0].field, "version");
        }
        assert_eq!(show_template(&service, actor, KIND).await.unwrap().source, source("theirs"));
        let object = ChangedObject::Template(KIND);
        let events = [Event::MailTemplateChanged];
        let change = last_change(&service, actor, object, &events, Some(shown.shown_at())).await.unwrap();
        assert_eq!(change.map(|change| change.by).as_deref(), Some("grace"));
        let object = ChangedObject::Template(TemplateKind::LicenseKey);
        assert_eq!(last_change(&service, actor, object, &events, None).await.unwrap(), None, "another template");

        // A draft of another member counts, too. The page of the conflict shows the present version.
        let shown = version(&service, actor).await;
        save_shown_draft(&service, &other, KIND, &source("their draft"), Some(&shown)).await.unwrap();
        let result = change_shown_template(&service, actor, KIND, &source("mine"), Some(&shown)).await;
        assert_eq!(conflicts(result).len(), 1);
        let shown = version(&service, actor).await;
        change_shown_template(&service, actor, KIND, &source("mine"), Some(&shown)).await.unwrap();
        let view = show_template(&service, actor, KIND).await.unwrap();
        assert_eq!((view.source, view.has_draft), (source("mine"), false));
    }

    async fn a_limit_that_was_changed_meanwhile_is_not_overwritten(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (id, _) = license(&service, &ada, 1).await;
        let one = Limit::new(1);
        let change = |domains: u32, shown: Limit, machines: u32| LimitsChange {
            domains: Edit { new: Limit::new(domains), shown: Some(shown) },
            machines: Edit { new: Limit::new(machines), shown: Some(one) },
        };
        change_shown_limits(&service, &grace(&ada), id, change(5, one, 1)).await.unwrap();
        // Another limit keeps the change of the first member.
        change_shown_limits(&service, &ada.actor, id, change(1, one, 3)).await.unwrap();
        let second = change_shown_limits(&service, &ada.actor, id, change(9, one, 3)).await;
        let second = conflicts(second);
        assert_eq!((second[0].field, second.len()), ("domain_limit", 1));
        assert!(second[0].message.contains("“5”"), "{}", second[0].message);
        let view = show(&service, &ada.actor, id).await.unwrap();
        assert_eq!((view.domain_limit, view.machine_limit), (Limit::new(5), Limit::new(3)));
        let events = [Event::LicenseLimitChanged];
        let change_of = last_change(&service, &ada.actor, ChangedObject::License(id), &events, None).await.unwrap();
        assert_eq!(change_of.map(|change| change.by).as_deref(), Some("ada"));
        change_shown_limits(&service, &ada.actor, id, change(9, Limit::new(5), 3)).await.unwrap();
        assert_eq!(show(&service, &ada.actor, id).await.unwrap().domain_limit, Limit::new(9));
    }

    async fn an_expiry_that_was_changed_meanwhile_is_not_replaced(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (id, _) = license(&service, &ada, 1).await;
        let day = |days| service.now().plus_days(days);
        let (soon, later, latest) = (day(10), day(20), day(30));
        let set = async |renewal, shown, token| renew_shown(&service, &ada.actor, id, renewal, shown, token).await;
        let never = Some(ShownExpiry(None));
        assert_eq!(set(Renewal::Until(soon), never, None).await.unwrap(), Some(soon));
        let token = Some("a token");
        let second = conflicts(set(Renewal::Until(later), never, token).await);
        assert_eq!(second[0].field, "expires_at");
        assert!(second[0].message.contains(&soon.date()), "{}", second[0].message);
        conflicts(set(Renewal::Never, Some(ShownExpiry(Some(latest))), None).await);
        // The refused form is sent again, and counts.
        assert_eq!(set(Renewal::Until(later), Some(ShownExpiry(Some(soon))), token).await.unwrap(), Some(later));
        // Extensions add up, whatever the form showed.
        let week = Renewal::Extend("P7D".parse().unwrap());
        assert_eq!(set(week, never, None).await.unwrap(), Some(later.plus_days(7)));
    }

    async fn settings_of_mails_that_were_changed_meanwhile_are_not_overwritten(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let name = |text: &str| SenderName::optional("sender_name", text).unwrap();
        let change = |new: &str, shown: &str, reminders: bool| CustomerMailChange {
            sender_name: Edit { new: name(new), shown: Some(name(shown)) },
            reply_to: Edit { new: None, shown: Some(None) },
            sends_reminders: Edit { new: reminders, shown: Some(false) },
            announces_activations: Edit { new: false, shown: Some(false) },
        };
        change_shown_customer_mail(&service, &grace(&ada), change("Maple", "", false)).await.unwrap();
        // Another setting keeps the change of the first member.
        change_shown_customer_mail(&service, &ada.actor, change("", "", true)).await.unwrap();
        let second = conflicts(change_shown_customer_mail(&service, &ada.actor, change("Oak", "", true)).await);
        assert_eq!((second[0].field, second.len()), ("sender_name", 1));
        let view = show_customer_mail(&service, &ada.actor).await.unwrap();
        assert_eq!((view.sender_name.as_str(), view.sends_reminders), ("Maple", true));
        change_shown_customer_mail(&service, &ada.actor, change("Oak", "Maple", true)).await.unwrap();
    }

    async fn the_last_change_is_that_of_the_own_account(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, _) = license(&service, &ada, 1).await;
        let notes = Notes::optional("notes", "late").unwrap();
        set_notes(&service, &ada.actor, id, notes.as_ref(), None).await.unwrap();
        let (object, events) = (ChangedObject::License(id), [Event::LicenseNotesChanged]);
        let change = last_change(&service, &ada.actor, object, &events, None).await.unwrap().expect("a change");
        assert!(change.by == "ada" && change.at <= service.now());
        assert_eq!(last_change(&service, &eve.actor, object, &events, None).await.unwrap(), None);
        for object in [
            ChangedObject::Product(ada.product.id),
            ChangedObject::Customer(domain::CustomerId(service::new_id())),
            ChangedObject::Account,
        ] {
            assert_eq!(last_change(&service, &eve.actor, object, &events, None).await.unwrap(), None);
        }
        let app = Actor { account: ada.account, principal: service::Principal::App { ip: None } };
        let refused = last_change(&service, &app, ChangedObject::License(id), &events, None).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
    }
}
