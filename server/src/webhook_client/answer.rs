//! Reads the answer of a receiver.

use domain::Timestamp;
use http::{HeaderMap, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use service::webhook::Reply;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// Bytes of a body that are read. A longer one is cut, and its connection closed.
const MAX_READ_BYTES: usize = 16 * 1024;
/// Bytes of a body that are kept.
const MAX_KEPT_BYTES: usize = 1024;

/// Reads an answer. A body that breaks off changes nothing: the status is the answer.
pub(super) async fn read(response: Response<Incoming>, now: Timestamp) -> Reply {
    let (parts, mut body) = response.into_parts();
    let (mut read, mut kept) = (0, Vec::new());
    while let Some(Ok(frame)) = body.frame().await {
        let Some(data) = frame.data_ref() else { continue };
        kept.extend_from_slice(&data[..data.len().min(MAX_KEPT_BYTES - kept.len())]);
        read += data.len();
        if read > MAX_READ_BYTES {
            break;
        }
    }
    let waits = matches!(parts.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    Reply::Answer {
        status: parts.status.as_u16(),
        retry_after_ms: if waits { retry_after_ms(&parts.headers, now) } else { None },
        body: String::from_utf8_lossy(&kept).into_owned(),
    }
}

/// Returns the pause that a receiver asks for: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after_ms(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds) * 1000);
    }
    let at = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    Some((at.unix_timestamp().saturating_mul(1000) - now.millis()).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_seconds_or_dates() {
        let now = Timestamp::from_millis(1_445_412_480_000 - 90_000);
        let pause = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().expect("a value"));
            retry_after_ms(&headers, now)
        };
        assert_eq!(pause("120"), Some(120_000));
        assert_eq!(pause("Wed, 21 Oct 2015 07:28:00 GMT"), Some(90_000));
        assert_eq!(pause("Wed, 21 Oct 2015 07:00:00 GMT"), Some(0));
        for wrong in ["soon", "-1", "1.5", "99999999999999999999", ""] {
            assert_eq!(pause(wrong), None, "{wrong}");
        }
    }
}
