//! Why an order failed, and what the operator should do.

use instant_acme::{Error, Problem};

use super::client::NoAnswer;

/// What the types of problems begin with (RFC 8555, section 6.7).
const PROBLEM_PREFIX: &str = "urn:ietf:params:acme:error:";
/// The path of challenges, before their token.
const CHALLENGE_PATH: &str = "/.well-known/acme-challenge/";
/// Pause after the authority has limited orders, in milliseconds. Its limits count hours and days.
const RATE_LIMIT_PAUSE_MS: i64 = 60 * 60_000;

/// The reason why an order failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The authority did not answer, or refused a request.
    Authority(Error),
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
    /// Returns what failed and the remedy, as sentences.
    pub(super) fn sentences(&self) -> String {
        let remedy = match (self.problem_type(), self) {
            (Some(kind), _) => remedy(kind),
            (None, Self::Authority(Error::Other(cause))) => match cause.downcast_ref() {
                Some(NoAnswer::Tls(..)) => {
                    "Check tls_acme_directory; a private authority needs its root in tls_acme_root."
                }
                _ => DIRECTORY_REMEDY,
            },
            // The answer of another server than that of an authority.
            (None, Self::Authority(Error::Json(_))) => DIRECTORY_REMEDY,
            (None, Self::Name(..)) => VALIDATION_REMEDY,
            (None, Self::NoHttpChallenge(_)) => {
                "Use another authority, or another client with tls_certificate and tls_key."
            }
            (None, _) => "The order is repeated; look at the state of the authority if it fails again.",
        };
        format!("{} {remedy}", self.found())
    }

    /// Returns the shortest pause until the next order, in milliseconds.
    pub(super) fn min_pause_ms(&self) -> i64 {
        if self.problem_type() == Some("rateLimited") { RATE_LIMIT_PAUSE_MS } else { 0 }
    }

    /// Returns whether the authority does not know the account any more.
    pub(super) fn is_unknown_account(&self) -> bool {
        matches!(self, Self::Authority(_)) && self.problem_type() == Some("accountDoesNotExist")
    }

    fn found(&self) -> String {
        match self {
            Self::Authority(Error::Api(problem)) => {
                format!("The authority refused the order: {}.", detail(problem))
            }
            Self::Authority(error) => {
                format!("The authority was not reached: {}.", without_stop(&error.to_string()))
            }
            Self::Name(name, problem) => {
                let reason = problem.as_ref().map_or_else(|| "no reason given".to_owned(), detail);
                format!("The authority did not validate {name}: {reason}.")
            }
            Self::NoHttpChallenge(name) => format!("The authority offers no http-01 challenge for {name}."),
            Self::Unusable(reason) => format!("The certificate can't be used: {reason}."),
            Self::TimedOut => "The order took more than four minutes.".to_owned(),
            Self::Database(_) => "The database failed during the order.".to_owned(),
        }
    }

    /// Returns the type of the authority's problem, without its prefix.
    fn problem_type(&self) -> Option<&str> {
        let problem = match self {
            Self::Authority(Error::Api(problem)) => problem,
            Self::Name(_, problem) => problem.as_ref()?,
            _ => return None,
        };
        problem.r#type.as_deref()?.strip_prefix(PROBLEM_PREFIX)
    }
}

/// The remedy if there is no authority at the address.
const DIRECTORY_REMEDY: &str = "Check tls_acme_directory, and that this machine reaches the authority.";
/// The remedy if a name was not validated.
const VALIDATION_REMEDY: &str = "Point the name's DNS to this server alone, and let the internet reach port 80 of it, which \
                                 must lead to redirect_listen.";

fn remedy(problem_type: &str) -> &'static str {
    match problem_type {
        "connection" | "incorrectResponse" | "unauthorized" | "tls" => VALIDATION_REMEDY,
        "dns" => {
            "Correct the DNS records of the name: it needs an A or AAAA record, and an answering name server."
        }
        "caa" => {
            "A CAA record of the domain forbids this authority: add it to the record, or choose another one."
        }
        "rateLimited" => {
            "Wait: the authority limits orders. Test with its staging directory, such as \
             https://acme-staging-v02.api.letsencrypt.org/directory."
        }
        "rejectedIdentifier" | "malformed" => {
            "Correct tls_acme_domains: the authority issues certificates of public names alone."
        }
        "invalidContact" | "unsupportedContact" => "Correct tls_acme_contact.",
        "userActionRequired" => "Read the terms of service of the authority, which ask for an action.",
        "externalAccountRequired" => {
            "This authority needs an account that is made elsewhere, which is not supported: choose another one."
        }
        "accountDoesNotExist" => "The authority has lost the account; the next order makes a new one.",
        _ => "The order is repeated; look at the state of the authority if it fails again.",
    }
}

fn detail(problem: &Problem) -> String {
    let text = problem.detail.as_deref().or(problem.r#type.as_deref());
    without_token(without_stop(text.unwrap_or("no reason given")))
}

/// Returns a text without the token of a challenge, which differs from order to order: equal reasons are logged once.
fn without_token(text: &str) -> String {
    let Some((before, rest)) = text.split_once(CHALLENGE_PATH) else { return text.to_owned() };
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    format!("{before}{CHALLENGE_PATH}...{}", rest.trim_start_matches(is_of_token))
}

fn without_stop(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: &str, detail: &str) -> Problem {
        Problem {
            r#type: Some(format!("{PROBLEM_PREFIX}{kind}")),
            detail: Some(detail.to_owned()),
            status: None,
            subproblems: Vec::new(),
        }
    }

    #[test]
    fn failed_validation_names_the_name_and_port_80() {
        let reason = problem("connection", "203.0.113.9: Connection refused.");
        let failure = Failure::Name("a.example".to_owned(), Some(reason));
        let text = failure.sentences();
        assert!(
            text.starts_with("The authority did not validate a.example: 203.0.113.9: Connection refused. "),
            "{text}"
        );
        assert!(text.contains("port 80"), "{text}");
        assert_eq!(failure.min_pause_ms(), 0);
        assert!(Failure::Name("a.example".to_owned(), None).sentences().contains("port 80"));
    }

    #[test]
    fn token_is_left_out() {
        let url =
            |token: &str| format!("Get \"http://a.example/.well-known/acme-challenge/{token}\": refused");
        let text = |token: &str| detail(&problem("connection", &url(token)));
        assert_eq!(text("aB-_9"), url("..."));
        assert_eq!(text("aB-_9"), text("cD-_8"));
    }

    #[test]
    fn limit_of_the_authority_pauses_for_an_hour() {
        let failure = Failure::Authority(Error::Api(problem("rateLimited", "too many certificates")));
        assert!(failure.sentences().contains("staging"), "{}", failure.sentences());
        assert_eq!(failure.min_pause_ms(), RATE_LIMIT_PAUSE_MS);
        assert!(!failure.is_unknown_account());
        assert!(Failure::Authority(Error::Api(problem("accountDoesNotExist", "gone"))).is_unknown_account());
    }

    #[test]
    fn untrusted_authority_names_the_setting_of_its_root() {
        let cause = NoAnswer::Tls("ca.lan".to_owned(), "unknown issuer".to_owned());
        let text = Failure::Authority(Error::Other(Box::new(cause))).sentences();
        assert!(text.contains("ca.lan") && text.contains("tls_acme_root"), "{text}");
    }
}
