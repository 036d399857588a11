//! The validity of a certificate.

use domain::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::time::Time;

/// Returns the beginning and the end of the validity of a certificate in DER.
pub(crate) fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let validity = &certificate.tbs_certificate.validity;
    Some((timestamp(validity.not_before)?, timestamp(validity.not_after)?))
}

fn timestamp(time: Time) -> Option<Timestamp> {
    i64::try_from(time.to_unix_duration().as_millis()).ok().map(Timestamp::from_millis)
}
