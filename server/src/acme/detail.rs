//! The text of the authority's problems. It is written elsewhere, so that it is limited before it is stored and shown.

use instant_acme::Problem;

/// What the types of problems begin with (RFC 8555, section 6.7).
const PROBLEM_PREFIX: &str = "urn:ietf:params:acme:error:";
/// The path of challenges, before their token.
const CHALLENGE_PATH: &str = "/.well-known/acme-challenge/";
/// Longest text of the authority, in characters.
const MAX_CHARS: usize = 500;

/// Returns the type of a problem without its prefix. A problem that only sums up others has the type of the first.
pub(super) fn kind(problem: &Problem) -> Option<&str> {
    let kind = problem.r#type.as_deref().and_then(|kind| kind.strip_prefix(PROBLEM_PREFIX));
    if kind.is_some_and(|kind| kind != "compound") {
        return kind;
    }
    let first = problem.subproblems.iter().find_map(|problem| problem.r#type.as_deref());
    first.and_then(|kind| kind.strip_prefix(PROBLEM_PREFIX)).or(kind)
}

/// Returns what the authority tells, with the names that it means, without a stop at the end.
pub(super) fn detail(problem: &Problem) -> String {
    let text = problem.detail.as_deref().or(problem.r#type.as_deref()).unwrap_or("no reason given");
    let mut text = without_stop(text).to_owned();
    for part in &problem.subproblems {
        let reason = part.detail.as_deref().or(part.r#type.as_deref()).unwrap_or("no reason given");
        let name = part.identifier.as_ref().map(|name| format!("{}: ", name.authorized(false)));
        text.push_str("; ");
        text.push_str(&name.unwrap_or_default());
        text.push_str(without_stop(reason));
    }
    limited(&without_token(&text))
}

/// Returns a text of limited length, without control characters and without a stop at the end.
pub(super) fn limited(text: &str) -> String {
    let clean = without_stop(text).chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut clean = clean.take(MAX_CHARS + 1).collect::<String>();
    if let Some((end, _)) = clean.char_indices().nth(MAX_CHARS) {
        clean.truncate(end);
        clean.push('…');
    }
    clean
}

/// Returns a text without the token of a challenge, which differs from order to order: equal reasons are logged once.
fn without_token(text: &str) -> String {
    let Some((before, rest)) = text.split_once(CHALLENGE_PATH) else { return text.to_owned() };
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    format!("{before}{CHALLENGE_PATH}...{}", without_token(rest.trim_start_matches(is_of_token)))
}

fn without_stop(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

#[cfg(test)]
pub(super) mod tests {
    use instant_acme::{Identifier, Subproblem};

    use super::*;

    pub fn problem(kind: &str, detail: &str) -> Problem {
        Problem {
            r#type: Some(format!("{PROBLEM_PREFIX}{kind}")),
            detail: Some(detail.to_owned()),
            status: None,
            subproblems: Vec::new(),
        }
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
    fn text_is_limited_and_has_no_control_characters() {
        let long = detail(&problem("connection", &"ü".repeat(2 * MAX_CHARS)));
        assert_eq!(long.chars().count(), MAX_CHARS + 1);
        assert_eq!(detail(&problem("connection", "a\nb\u{1b}[31m.")), "a b [31m");
    }

    #[test]
    fn names_of_subproblems_are_reported() {
        let part = |kind: &str, name: &str, detail: &str| Subproblem {
            identifier: Some(Identifier::Dns(name.to_owned())),
            r#type: Some(format!("{PROBLEM_PREFIX}{kind}")),
            detail: Some(detail.to_owned()),
        };
        let summed = Problem {
            subproblems: vec![part("caa", "a.example", "Forbidden."), part("dns", "b.example", "No answer.")],
            ..problem("compound", "Some names were refused.")
        };
        assert_eq!(detail(&summed), "Some names were refused; a.example: Forbidden; b.example: No answer");
        assert_eq!(kind(&summed), Some("caa"));
        assert_eq!(kind(&problem("rateLimited", "")), Some("rateLimited"));
    }
}
