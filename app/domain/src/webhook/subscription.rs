//! The events that a webhook subscribes to.

use std::collections::BTreeSet;
use std::fmt;

use super::event::{ObjectKind, WebhookEvent};
use crate::FieldError;

/// Most entries of a list.
const MAX_SUBSCRIPTIONS: usize = 100;
/// Beginnings of names that the vendor's service sends and this server does not. Lists may contain them.
const SILENT: [&str; 5] =
    ["license.maintenance-", "organization.license.", "organization.user.", "reseller.", "release."];

/// Events that no change causes: they become due by the time.
const EXPIRY_EVENTS: [WebhookEvent; 2] = [WebhookEvent::LicenseExpired, WebhookEvent::LicenseExpiringSoon];

/// An entry of a list of events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subscription {
    /// `*`: all events but those that must be named.
    All,
    /// `license.*`: all events of a kind of object but those that must be named.
    Kind(&'static str),
    /// One event.
    One(WebhookEvent),
    /// A name of the vendor's service that this server never sends.
    Silent(String),
}

impl Subscription {
    /// Parses an entry in any case.
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        if let Some(event) = WebhookEvent::parse(text) {
            return Some(Self::One(event));
        }
        if let Some(name) = text.strip_suffix(".*") {
            let mut kinds = ObjectKind::ALL.into_iter().map(ObjectKind::as_str);
            if let Some(kind) = kinds.find(|kind| kind.eq_ignore_ascii_case(name)) {
                return Some(Self::Kind(kind));
            }
        }
        let name = text.to_ascii_lowercase();
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'*'));
        let is_silent = name.len() <= 64
            && SILENT.iter().any(|start| name.strip_prefix(start).is_some_and(|rest| !rest.is_empty()));
        (is_name && is_silent).then_some(Self::Silent(name))
    }

    fn matches(&self, event: WebhookEvent) -> bool {
        match self {
            Self::All => !event.must_be_named(),
            Self::Kind(kind) => !event.must_be_named() && event.object_kind().as_str() == *kind,
            Self::One(one) => *one == event,
            Self::Silent(_) => false,
        }
    }
}

impl fmt::Display for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Kind(kind) => write!(f, "{kind}.*"),
            Self::One(event) => f.write_str(event.as_str()),
            Self::Silent(name) => f.write_str(name),
        }
    }
}

/// A list of events without duplicates, in the order in which it was given. It has at least one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriptions(Vec<Subscription>);

impl Subscriptions {
    /// Parses a list.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the list is empty or too long, or has an entry that is not known.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, FieldError> {
        let (mut seen, mut list) = (BTreeSet::new(), Vec::new());
        for name in names {
            let unknown = || {
                let text = "An event is not known. Use names such as license.created, patterns such as license.*, or *.";
                FieldError::new("events", text)
            };
            let subscription = Subscription::parse(name.trim()).ok_or_else(unknown)?;
            if seen.insert(subscription.clone()) {
                list.push(subscription);
            }
        }
        match list.len() {
            0 => Err(FieldError::new("events", "Choose at least one event.")),
            1..=MAX_SUBSCRIPTIONS => Ok(Self(list)),
            _ => Err(FieldError::new("events", "A webhook has at most 100 events.")),
        }
    }

    /// Reads the stored form. Entries of a newer version are left out.
    #[must_use]
    pub fn from_storage(text: &str) -> Self {
        Self(text.split(' ').filter_map(Subscription::parse).collect())
    }

    /// Returns the stored form: entries with spaces between them.
    #[must_use]
    pub fn to_storage(&self) -> String {
        self.names().join(" ")
    }

    /// Returns the entries as texts.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Returns whether the event is sent.
    #[must_use]
    pub fn matches(&self, event: WebhookEvent) -> bool {
        self.0.iter().any(|subscription| subscription.matches(event))
    }

    /// Returns whether the list takes an event of expiries that the former list did not take. What was due before is
    /// not sent then.
    #[must_use]
    pub fn adds_expiry_event(&self, former: &Self) -> bool {
        EXPIRY_EVENTS.iter().any(|event| self.matches(*event) && !former.matches(*event))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(names: &[&str]) -> Result<Subscriptions, FieldError> {
        Subscriptions::parse(names.iter().copied())
    }

    #[test]
    fn patterns_cover_their_kind_and_no_other() {
        let license = parse(&["license.*"]).expect("a pattern");
        assert!(license.matches(WebhookEvent::LicenseLimitReached));
        assert!(!license.matches(WebhookEvent::LicenseTemplateCreated));
        assert!(!license.matches(WebhookEvent::ActivationCreated));
        let all = parse(&["*"]).expect("a pattern");
        assert!(all.matches(WebhookEvent::LicenseTemplateCreated));
    }

    #[test]
    fn syncs_are_sent_to_those_that_name_them() {
        for (names, is_sent) in [
            (["*"].as_slice(), false),
            (&["activation.*"], false),
            (&["activation.updated"], true),
            (&["*", "activation.Updated"], true),
        ] {
            let list = parse(names).expect("known names");
            assert_eq!(list.matches(WebhookEvent::ActivationUpdated), is_sent, "{names:?}");
        }
    }

    #[test]
    fn names_that_are_never_sent_are_accepted() {
        let names =
            ["license.maintenance-expired", "reseller.created", "release.*", "organization.user.created"];
        let list = parse(&names).expect("known names");
        assert_eq!(list.names(), names);
        assert!(WebhookEvent::ALL.iter().all(|event| !list.matches(*event)));
    }

    #[test]
    fn unknown_names_and_empty_lists_are_refused() {
        for names in
            [&["license.sold"][..], &[""], &[], &["reseller."], &["license.created", "sale.*"], &["**"]]
        {
            assert_eq!(parse(names).map_err(|error| error.field), Err("events"), "{names:?}");
        }
    }

    #[test]
    fn an_expiry_event_is_new_if_the_former_list_lacked_it() {
        for (former, list, is_new) in [
            (&["license.expired", "user.*"][..], &["user.*", "license.expired"][..], false),
            (&["license.*"], &["license.expired", "license.expiring-soon"], false),
            (&["license.expired"], &["*"], true),
            (&["*"], &["license.expired"], false),
            (&["user.*"], &["license.expiring-soon"], true),
            (&["user.*"], &["user.*", "license.created"], false),
        ] {
            let (former, list) = (parse(former).expect("names"), parse(list).expect("names"));
            assert_eq!(list.adds_expiry_event(&former), is_new, "{former:?} {list:?}");
        }
    }

    #[test]
    fn names_are_answered_as_documented_and_once() {
        let list = parse(&["LICENSE.CREATED", " license.expiresat.updated ", "license.created", "USER.*"]);
        let names = list.expect("known names").names();
        assert_eq!(names, ["license.created", "license.expiresAt.updated", "user.*"]);
    }

    proptest! {
        #[test]
        fn stored_lists_round_trip(
            events in prop::collection::vec(prop::sample::select(WebhookEvent::ALL.to_vec()), 1..20),
            all in any::<bool>(),
        ) {
            let mut names: Vec<&str> = events.iter().map(|event| event.as_str()).collect();
            if all {
                names.push("*");
            }
            let list = Subscriptions::parse(names.iter().copied()).expect("known names");
            prop_assert_eq!(&Subscriptions::from_storage(&list.to_storage()), &list);
            for event in WebhookEvent::ALL {
                let is_named = events.contains(event);
                prop_assert_eq!(list.matches(*event), is_named || all && !event.must_be_named());
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            if let Ok(list) = Subscriptions::parse([text.as_str()]) {
                prop_assert_eq!(Subscriptions::from_storage(&list.to_storage()), list);
            }
        }
    }
}
