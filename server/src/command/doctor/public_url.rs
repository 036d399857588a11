//! The public address, as a client from outside reaches it: whether it leads to this instance, by which certificate, and
//! with which client address.

use domain::Timestamp;
use http::Uri;
use service::node::VERSION;
use service::secrets::Keyring;
use uuid::Uuid;

use super::code::Code;
use super::report::Finding;
use super::{certificate, forwarding};
use crate::config::Config;
use crate::instance_probe::{self, Probe, ProbeAnswer};
use crate::webhook_client::{DirectAnswer, DirectError, get};

/// What the check needs beside the settings.
pub struct Known<'a> {
    /// The keys of the instance with its id, if the master key belongs to the database.
    pub instance: Option<(&'a Keyring, Uuid)>,
    /// Whether a server of this machine answers.
    pub server_runs: bool,
    /// The time.
    pub now: Timestamp,
}

/// Which instance has answered.
enum Identity {
    /// This instance.
    This(ProbeAnswer),
    /// Another program, or another instance.
    Another,
    /// Without a key of the instance there was no probe.
    Unknown,
}

/// Checks the public address, if one is set.
pub async fn check(settings: &Config, known: &Known<'_>) -> Vec<Finding> {
    if settings.public_url.is_none() {
        return Vec::new();
    }
    let origin = settings.origin();
    let Ok(uri) = format!("{origin}/healthz").parse::<Uri>() else {
        return vec![unreachable(&origin, "the address is not valid")];
    };
    let probe = known.instance.map(|(keys, instance)| Probe::new(keys, instance, known.now));
    let value = probe.as_ref().map(Probe::header_value);
    let answer = get(&uri, value.as_deref().map(|value| (instance_probe::HEADER, value))).await;
    match answer {
        Ok(answer) => {
            let mut findings = Vec::new();
            if let Some(der) = &answer.certificate {
                findings.push(certificate::check(der, known.now));
            }
            let identity = match probe.as_ref().zip(known.instance) {
                Some((probe, (keys, id))) => {
                    probe.read(keys, id, &answer.body).map_or(Identity::Another, Identity::This)
                }
                None => Identity::Unknown,
            };
            findings.extend(judge(&origin, &answer, &identity, settings, known.server_runs));
            findings
        }
        Err(error) => vec![refused(&origin, error, known.server_runs)],
    }
}

fn refused(origin: &str, error: DirectError, server_runs: bool) -> Finding {
    match error {
        DirectError::Expired(seconds) => {
            certificate::expired(seconds.map(|seconds| Timestamp::default().plus_seconds(seconds)))
        }
        DirectError::Untrusted(reason) => Finding::fault(
            Code::CertificateUntrusted,
            format!("The certificate of {origin} is not trusted: {reason}."),
            "Install a certificate of a public authority for this name, with its chain. One of your own authority works \
             for those alone who trust it; this check uses the roots of Mozilla.",
        ),
        DirectError::Unreachable(reason) if server_runs => unreachable(origin, &reason),
        DirectError::Unreachable(reason) => not_checked(origin, &reason),
    }
}

fn not_checked(origin: &str, reason: &str) -> Finding {
    Finding::fault(
        Code::PublicUrlNotChecked,
        format!("{origin} does not answer, because no server runs: {reason}."),
        "Start the server, and run this command again.",
    )
}

fn unreachable(origin: &str, reason: &str) -> Finding {
    Finding::fault(
        Code::PublicUrlUnreachable,
        format!("{origin} can't be reached from this machine: {reason}."),
        "Check the name in the DNS, the proxy, and the firewall. If it works from elsewhere, only this machine can't \
         reach it.",
    )
}

/// Judges an answer.
fn judge(
    origin: &str,
    answer: &DirectAnswer,
    identity: &Identity,
    settings: &Config,
    server_runs: bool,
) -> Vec<Finding> {
    if (300..400).contains(&answer.status) {
        let to = answer.location.as_deref().unwrap_or("another address");
        return vec![Finding::fault(
            Code::PublicUrlRedirects,
            format!("{origin} redirects to {to}: apps do not all follow, and forms from there are refused."),
            "Set COUNTERSIGN_PUBLIC_URL to the address that answers itself.",
        )];
    }
    // What a proxy says whose server does not answer.
    if matches!(answer.status, 502..=504) && !server_runs {
        return vec![not_checked(origin, &format!("the proxy answers with status {}", answer.status))];
    }
    if answer.status != 200 {
        return vec![Finding::fault(
            Code::PublicUrlFails,
            format!("{origin} answers with status {}.", answer.status),
            "Check the address to which the proxy forwards, and its log.",
        )];
    }
    match identity {
        Identity::Unknown => vec![Finding::fault(
            Code::PublicUrlNotIdentified,
            format!(
                "{origin} answers, but without the database and its key this command can't tell whether it is this instance."
            ),
            "Mend the findings about database and master key first.",
        )],
        Identity::Another => vec![Finding::fault(
            Code::PublicUrlOfAnother,
            format!("{origin} answers, but not as this instance."),
            "Check the DNS and the address to which the proxy forwards. A server of an older version, a proxy that drops \
             the header countersign-probe, or a clock that is wrong by five minutes looks the same.",
        )],
        Identity::This(probe) => {
            let found = format!("{origin} leads to this instance.");
            let mut findings = vec![Finding::fact(Code::PublicUrlReached, found)];
            findings.extend(other_version(&probe.version));
            findings.extend(forwarding::check(probe, &settings.trusted_proxies));
            findings
        }
    }
}

fn other_version(version: &str) -> Option<Finding> {
    (version != VERSION).then(|| {
        Finding::fault(
            Code::ServerOfAnotherVersion,
            format!("The server has version {version}, this command has version {VERSION}."),
            "Restart the server if it was upgraded, or use the command of its version.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> DirectAnswer {
        let location = (status == 308).then(|| "https://a.example/healthz".to_owned());
        DirectAnswer { status, location, body: b"".as_slice().into(), certificate: None }
    }

    #[test]
    fn answers_of_others_are_no_answers_of_this_instance() {
        let settings = Config::default();
        let code = |status, identity: &Identity| {
            judge("https://a.example", &answer(status), identity, &settings, true)[0].code()
        };
        assert_eq!(code(308, &Identity::Unknown), Code::PublicUrlRedirects);
        assert_eq!(code(502, &Identity::Another), Code::PublicUrlFails);
        assert_eq!(code(200, &Identity::Unknown), Code::PublicUrlNotIdentified);
        assert_eq!(code(200, &Identity::Another), Code::PublicUrlOfAnother);
        let stopped = |status| {
            judge("https://a.example", &answer(status), &Identity::Another, &settings, false)[0].code()
        };
        assert_eq!([502, 503, 504].map(stopped), [Code::PublicUrlNotChecked; 3]);
        assert_eq!(stopped(500), Code::PublicUrlFails);
    }

    #[test]
    fn each_reason_of_a_refusal_has_its_code() {
        let code = |error, runs| refused("https://a.example", error, runs).code();
        assert_eq!(code(DirectError::Expired(Some(1)), true), Code::CertificateExpired);
        assert_eq!(code(DirectError::Untrusted("x".to_owned()), true), Code::CertificateUntrusted);
        assert_eq!(code(DirectError::Unreachable("x".to_owned()), true), Code::PublicUrlUnreachable);
        assert_eq!(code(DirectError::Unreachable("x".to_owned()), false), Code::PublicUrlNotChecked);
    }

    #[test]
    fn other_versions_are_named() {
        assert_eq!(other_version("0.0.0").map(|finding| finding.code()), Some(Code::ServerOfAnotherVersion));
        assert_eq!(other_version(VERSION), None);
    }
}
