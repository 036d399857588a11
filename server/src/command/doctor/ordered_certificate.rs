//! The certificate that the server orders by ACME.

use domain::Timestamp;
use domain::time::DAY_MS;
use service::inspection::OrderedCertificate;

use super::certificate::days_left;
use super::code::Code;
use super::report::Finding;
use crate::config::Config;

/// An order that is overdue by this time, in milliseconds, has no server that makes it.
const LATE_MS: i64 = DAY_MS;
/// The remedy if no server orders.
const START: &str = "Start the server, and search its log for \"certificate\": it orders within seconds, and says why an order \
                     failed.";

/// Checks the order, if the server orders its certificate. `order` is that of the database.
pub fn check(settings: &Config, order: Option<&OrderedCertificate>, now: Timestamp) -> Vec<Finding> {
    if settings.acme().is_none() {
        return Vec::new();
    }
    judge(order, now)
}

fn judge(order: Option<&OrderedCertificate>, now: Timestamp) -> Vec<Finding> {
    let failure = order.and_then(|order| order.last_error.as_deref());
    let Some((order, end)) = order.and_then(|order| Some((order, order.expires_at?))) else {
        let found = "The first certificate of tls_acme_domains was not issued yet. Apps and browsers refuse the server, \
                     unless it has a former certificate of public_url.";
        return vec![Finding::fault(Code::TlsCertificateMissing, found, failure.unwrap_or(START))];
    };
    let mut findings = Vec::new();
    if let Some(failure) = failure {
        findings.push(Finding::fault(
            Code::TlsRenewalFails,
            "The last renewal of the certificate failed.",
            failure,
        ));
    } else if now.millis() - order.next_order_at.millis() > LATE_MS {
        let found = format!("The renewal of the certificate is due since {}.", order.next_order_at.date());
        findings.push(Finding::fault(Code::TlsRenewalFails, found, START));
    }
    if end <= now {
        let found = format!("The certificate of tls_acme_domains has expired on {}.", end.date());
        findings.push(Finding::fault(Code::TlsCertificateExpired, found, START));
    } else {
        let days = days_left(end, now);
        let found =
            format!("The certificate of tls_acme_domains is valid for {days} days, until {}.", end.date());
        findings.push(Finding::fact(Code::TlsCertificateValid, found));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(order: Option<&OrderedCertificate>, now_days: i64) -> Vec<Code> {
        let now = Timestamp::from_millis(now_days * DAY_MS);
        judge(order, now).iter().map(Finding::code).collect()
    }

    /// A certificate that ends after 90 days and is renewed after 60.
    fn order() -> OrderedCertificate {
        OrderedCertificate {
            expires_at: Some(Timestamp::from_millis(90 * DAY_MS)),
            next_order_at: Timestamp::from_millis(60 * DAY_MS),
            last_error: None,
        }
    }

    #[test]
    fn states_of_an_order_have_their_codes() {
        assert_eq!(codes(None, 0), [Code::TlsCertificateMissing]);
        let waiting = OrderedCertificate { expires_at: None, ..order() };
        assert_eq!(codes(Some(&waiting), 0), [Code::TlsCertificateMissing]);
        assert_eq!(codes(Some(&order()), 59), [Code::TlsCertificateValid]);
        let overdue = [Code::TlsRenewalFails, Code::TlsCertificateValid];
        assert_eq!(codes(Some(&order()), 62), overdue);
        let failing = OrderedCertificate { last_error: Some("DNS.".to_owned()), ..order() };
        assert_eq!(codes(Some(&failing), 60), overdue);
        assert_eq!(codes(Some(&failing), 91), [Code::TlsRenewalFails, Code::TlsCertificateExpired]);
    }
}
