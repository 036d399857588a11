//! Why an order failed, and what the operator should do.

use http::StatusCode;
use instant_acme::{Error, Problem};

use super::client::NoAnswer;
use super::detail::{detail, kind, limited};

/// Pause after the authority has limited orders, in milliseconds. Its limits count hours and days.
const RATE_LIMIT_PAUSE_MS: i64 = 60 * 60_000;

/// The reason why an order failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The authority did not answer, or refused a request.
    Authority(Error),
    /// The authority refuses the account, or its key can't be used.
    Account(String),
    /// The authority did not validate a name.
    Name(String, Option<Problem>),
    /// The authority offers no challenge that the server can answer.
    NoHttpChallenge(String),
    /// The certificate of the authority can't be used.
    Unusable(String),
    /// The order took too long.
    TimedOut,
    /// The database failed.
    Database(service::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Authority(error)
    }
}

impl From<service::Error> for Failure {
    fn from(error: service::Error) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    /// Returns the failure of a request that the account has signed, before the authority validates names. A refusal then
    /// means the account.
    pub(super) fn before_challenges(error: Error) -> Self {
        match &error {
            Error::KeyRejected => Self::Account("its key can't be used".to_owned()),
            Error::Api(problem) if matches!(kind(problem), Some("accountDoesNotExist" | "unauthorized")) => {
                Self::Account(detail(problem))
            }
            _ => Self::Authority(error),
        }
    }

    /// Returns the failure of a challenge that the authority was asked to validate.
    pub(super) fn of_challenge(name: String, error: Error) -> Self {
        match error {
            Error::Api(problem) if kind(&problem).is_some_and(is_of_validation) => {
                Self::Name(name, Some(problem))
            }
            error => Self::Authority(error),
        }
    }

    /// Returns what failed and the remedy, as sentences.
    pub(super) fn sentences(&self) -> String {
        format!("{} {}", self.found(), self.remedy())
    }

    /// Returns the shortest pause until the next order, in milliseconds.
    pub(super) fn min_pause_ms(&self) -> i64 {
        let is_limited = self.problem_kind() == Some("rateLimited")
            || matches!(self.no_answer(), Some(NoAnswer::Status(_, StatusCode::TOO_MANY_REQUESTS)));
        if is_limited { RATE_LIMIT_PAUSE_MS } else { 0 }
    }

    /// Returns whether the account must be replaced.
    pub(super) fn is_of_account(&self) -> bool {
        matches!(self, Self::Account(_))
            || matches!(self, Self::Authority(_)) && self.problem_kind() == Some("accountDoesNotExist")
    }

    /// Returns whether the authority may still finish the order: it has not refused it.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Authority(Error::Timeout(_))) || self.no_answer().is_some()
    }

    fn found(&self) -> String {
        match self {
            Self::Authority(error) => match error {
                Error::Api(problem) => format!("The authority refused the order: {}.", detail(problem)),
                Error::Timeout(_) => "The authority did not finish the order in time.".to_owned(),
                Error::Crypto | Error::KeyRejected => "A key of the order can't be used.".to_owned(),
                Error::Other(_) | Error::Http(_) | Error::InvalidUri(_) if !self.is_status() => {
                    format!("The authority was not reached: {}.", limited(&error.to_string()))
                }
                Error::Other(_) => format!("The authority failed: {}.", limited(&error.to_string())),
                _ => format!("The answer of the authority can't be used: {}.", limited(&error.to_string())),
            },
            Self::Account(reason) => format!("The authority does not accept the account: {reason}."),
            Self::Name(name, problem) => {
                let reason = problem.as_ref().map_or_else(|| "no reason given".to_owned(), detail);
                format!("The authority did not validate {name}: {reason}.")
            }
            Self::NoHttpChallenge(name) => format!("The authority offers no http-01 challenge for {name}."),
            Self::Unusable(reason) => format!("The certificate can't be used: {}.", limited(reason)),
            Self::TimedOut => "The order took more than four minutes.".to_owned(),
            Self::Database(_) => "The database failed during the order.".to_owned(),
        }
    }

    fn remedy(&self) -> &'static str {
        if let Some(kind) = self.problem_kind() {
            return match self {
                Self::Name(..) if is_of_validation(kind) => validation_remedy(kind),
                _ => remedy(kind),
            };
        }
        match self {
            Self::Authority(Error::Other(_)) => match self.no_answer() {
                Some(NoAnswer::Tls(..)) => {
                    "Check tls_acme_directory; a private authority needs its root in tls_acme_root."
                }
                Some(NoAnswer::Status(_, StatusCode::TOO_MANY_REQUESTS)) => LIMIT_REMEDY,
                Some(NoAnswer::Status(_, status)) if status.is_server_error() => REPEATED,
                _ => DIRECTORY_REMEDY,
            },
            // The answer of another server than that of an authority.
            Self::Authority(Error::Json(_) | Error::Http(_) | Error::InvalidUri(_)) => DIRECTORY_REMEDY,
            Self::Account(_) => "The next order makes a new account.",
            Self::Name(..) => VALIDATION_REMEDY,
            Self::NoHttpChallenge(_) => {
                "Use another authority, or another client with tls_certificate and tls_key."
            }
            _ => REPEATED,
        }
    }

    /// Returns the type of the authority's problem, without its prefix.
    fn problem_kind(&self) -> Option<&str> {
        match self {
            Self::Authority(Error::Api(problem)) => kind(problem),
            Self::Name(_, problem) => kind(problem.as_ref()?),
            _ => None,
        }
    }

    /// Returns why the authority gave no answer, if it gave none.
    fn no_answer(&self) -> Option<&NoAnswer> {
        match self {
            Self::Authority(Error::Other(cause)) => cause.downcast_ref(),
            _ => None,
        }
    }

    fn is_status(&self) -> bool {
        matches!(self.no_answer(), Some(NoAnswer::Status(..)))
    }
}

/// The remedy if there is no authority at the address.
const DIRECTORY_REMEDY: &str = "Check tls_acme_directory, and that this machine reaches the authority.";
/// The remedy if a name was not validated.
const VALIDATION_REMEDY: &str = "Point the name's DNS to this server alone, and let the internet reach port 80 of it, which \
                                 must lead to redirect_listen.";
/// The remedy if the authority limits orders.
const LIMIT_REMEDY: &str = "Wait: the authority limits orders. Test with its staging directory, such as \
                            https://acme-staging-v02.api.letsencrypt.org/directory.";
/// The remedy if the fault is the authority's, or is not known.
const REPEATED: &str = "The order is repeated; look at the state of the authority if it fails again.";

/// Returns whether a type of problem tells of a name that the authority tried to reach.
fn is_of_validation(kind: &str) -> bool {
    matches!(kind, "connection" | "incorrectResponse" | "unauthorized" | "tls" | "dns")
}

fn validation_remedy(kind: &str) -> &'static str {
    if kind == "dns" {
        return "Correct the DNS records of the name: it needs an A or AAAA record, and an answering name server.";
    }
    VALIDATION_REMEDY
}

fn remedy(kind: &str) -> &'static str {
    match kind {
        "caa" => {
            "A CAA record of the domain forbids this authority: add it to the record, or choose another one."
        }
        "rateLimited" => LIMIT_REMEDY,
        "rejectedIdentifier" | "malformed" => {
            "Correct tls_acme_domains: the authority issues certificates of public names alone."
        }
        "invalidContact" | "unsupportedContact" => "Correct tls_acme_contact.",
        "userActionRequired" => "Read the terms of service of the authority, which ask for an action.",
        "externalAccountRequired" => {
            "This authority needs an account that is made elsewhere, which is not supported: choose another one."
        }
        "accountDoesNotExist" => "The authority has lost the account; the next order makes a new one.",
        _ => REPEATED,
    }
}

#[cfg(test)]
mod tests {
    use super::super::detail::tests::problem;
    use super::*;

    fn no_answer(cause: NoAnswer) -> Failure {
        Failure::Authority(Error::Other(Box::new(cause)))
    }

    #[test]
    fn failed_validation_names_the_name_and_port_80() {
        let reason = problem("connection", "203.0.113.9: Connection refused.");
        let failure = Failure::Name("a.example".to_owned(), Some(reason.clone()));
        let text = failure.sentences();
        assert!(
            text.starts_with("The authority did not validate a.example: 203.0.113.9: Connection refused. "),
            "{text}"
        );
        assert!(text.contains("port 80"), "{text}");
        assert_eq!(failure.min_pause_ms(), 0);
        assert!(Failure::Name("a.example".to_owned(), None).sentences().contains("port 80"));
        let of_challenge = Failure::of_challenge("a.example".to_owned(), Error::Api(reason.clone()));
        assert_eq!(of_challenge.sentences(), text);
        assert!(!Failure::Authority(Error::Api(reason)).sentences().contains("port 80"));
    }

    #[test]
    fn limit_of_the_authority_pauses_for_an_hour() {
        let failure = Failure::Authority(Error::Api(problem("rateLimited", "too many certificates")));
        assert!(failure.sentences().contains("staging"), "{}", failure.sentences());
        assert_eq!(failure.min_pause_ms(), RATE_LIMIT_PAUSE_MS);
        assert!(!failure.is_of_account());
        let of_proxy = no_answer(NoAnswer::Status("ca.lan".to_owned(), StatusCode::TOO_MANY_REQUESTS));
        assert_eq!(of_proxy.min_pause_ms(), RATE_LIMIT_PAUSE_MS);
        assert!(of_proxy.sentences().contains("limits orders"), "{}", of_proxy.sentences());
    }

    #[test]
    fn refused_account_is_replaced() {
        for kind in ["accountDoesNotExist", "unauthorized"] {
            let failure = Failure::before_challenges(Error::Api(problem(kind, "deactivated")));
            assert!(failure.is_of_account(), "{kind}");
            let text = failure.sentences();
            assert!(text.contains("deactivated") && !text.contains("port 80"), "{text}");
        }
        assert!(Failure::before_challenges(Error::KeyRejected).is_of_account());
        assert!(Failure::Authority(Error::Api(problem("accountDoesNotExist", "gone"))).is_of_account());
        assert!(!Failure::Authority(Error::Api(problem("unauthorized", "a token"))).is_of_account());
        assert!(!Failure::before_challenges(Error::Api(problem("rateLimited", "many"))).is_of_account());
    }

    #[test]
    fn untrusted_authority_names_the_setting_of_its_root() {
        let text = no_answer(NoAnswer::Tls("ca.lan".to_owned(), "unknown issuer".to_owned())).sentences();
        assert!(text.contains("ca.lan") && text.contains("tls_acme_root"), "{text}");
    }

    #[test]
    fn faults_of_the_authority_are_not_those_of_the_way_to_it() {
        let failing = no_answer(NoAnswer::Status("ca.lan".to_owned(), StatusCode::SERVICE_UNAVAILABLE));
        for failure in [failing, Failure::Authority(Error::Timeout(None))] {
            assert!(failure.is_open());
            let text = failure.sentences();
            assert!(!text.contains("not reached") && text.ends_with(REPEATED), "{text}");
        }
        for error in [Error::Str("invalid order state"), Error::KeyRejected] {
            let failure = Failure::Authority(error);
            assert!(!failure.is_open());
            assert!(!failure.sentences().contains("not reached"), "{}", failure.sentences());
        }
        let unreachable = NoAnswer::Unreachable("ca.lan".to_owned(), "refused".to_owned());
        assert!(no_answer(unreachable).sentences().contains("not reached"));
    }
}
