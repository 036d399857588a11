//! The trace of a request: the headers `traceparent` and `tracestate` of W3C Trace Context.

use std::fmt;

/// Length of a `traceparent` of version 00, and of the part of later versions that is known.
const PARENT_LEN: usize = 55;
/// The flag of a trace that the caller records.
const SAMPLED: u8 = 1;
/// The flags of the specification: sampled, and a random trace id.
const KNOWN_FLAGS: u8 = 3;
/// Maximum length of a `tracestate` that is passed on, in bytes.
pub const MAX_STATE_LEN: usize = 512;
/// Maximum number of entries of a `tracestate`.
const MAX_STATE_ENTRIES: usize = 32;
/// Maximum length of the key and of the value of an entry, in bytes.
const MAX_STATE_PART_LEN: usize = 256;

/// A position in a trace: the trace, and the span that caused what follows (`traceparent`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace_id: u128,
    span_id: u64,
    flags: u8,
}

/// What other systems need to know of a trace (`tracestate`). Its content is theirs, and is passed on as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceState(String);

/// The trace of a request, which is passed on to what the request causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The position.
    pub parent: TraceParent,
    /// What other systems added.
    pub state: Option<TraceState>,
}

impl TraceParent {
    /// Creates a position from ids as bytes. `None` if one is zero, which the specification does not allow.
    #[must_use]
    pub fn new(trace_id: [u8; 16], span_id: [u8; 8], is_sampled: bool) -> Option<Self> {
        let (trace_id, span_id) = (u128::from_be_bytes(trace_id), u64::from_be_bytes(span_id));
        let flags = if is_sampled { SAMPLED } else { 0 };
        (trace_id != 0 && span_id != 0).then_some(Self { trace_id, span_id, flags })
    }

    /// Parses the value of a header. `None` if it is malformed, which the specification tells to ignore. Fields that
    /// a later version appends are dropped.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (known, rest) = text.split_at_checked(PARENT_LEN)?;
        // `from_str_radix` takes signs and upper case too.
        if !known.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')) {
            return None;
        }
        let parts: Vec<&str> = known.split('-').collect();
        let [version, trace_id, span_id, flags] = parts[..] else { return None };
        if [version.len(), trace_id.len(), span_id.len(), flags.len()] != [2, 32, 16, 2] || version == "ff" {
            return None;
        }
        if !rest.is_empty() && (version == "00" || !rest.starts_with('-')) {
            return None;
        }
        let trace_id = u128::from_str_radix(trace_id, 16).ok().filter(|id| *id != 0)?;
        let span_id = u64::from_str_radix(span_id, 16).ok().filter(|id| *id != 0)?;
        let flags = u8::from_str_radix(flags, 16).ok()? & KNOWN_FLAGS;
        Some(Self { trace_id, span_id, flags })
    }

    /// Returns whether the caller records the trace.
    #[must_use]
    pub fn is_sampled(self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// Returns the id of the trace, as bytes.
    #[must_use]
    pub fn trace_id(self) -> [u8; 16] {
        self.trace_id.to_be_bytes()
    }

    /// Returns the id of the span, as bytes.
    #[must_use]
    pub fn span_id(self) -> [u8; 8] {
        self.span_id.to_be_bytes()
    }

    /// Returns the id of the trace as text, by which log lines are found.
    #[must_use]
    pub fn trace_id_text(self) -> String {
        format!("{:032x}", self.trace_id)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

impl TraceState {
    /// Parses the value of a header; several headers are joined by commas before. `None` if it is malformed or too
    /// long, and is not passed on.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let entries: Vec<&str> = text.split(',').map(trim).filter(|entry| !entry.is_empty()).collect();
        let is_valid = !entries.is_empty()
            && entries.len() <= MAX_STATE_ENTRIES
            && entries.iter().all(|entry| {
                entry.split_once('=').is_some_and(|(key, value)| is_state_key(key) && is_state_value(value))
            });
        let joined = entries.join(",");
        (is_valid && joined.len() <= MAX_STATE_LEN).then_some(Self(joined))
    }

    /// Returns the value of the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TraceContext {
    /// Parses both headers. `None` if the `traceparent` is malformed: a `tracestate` is nothing without it.
    #[must_use]
    pub fn parse(parent: &str, state: Option<&str>) -> Option<Self> {
        let parent = TraceParent::parse(parent)?;
        Some(Self { parent, state: state.and_then(TraceState::parse) })
    }
}

/// Removes the optional white space around an entry.
fn trim(entry: &str) -> &str {
    entry.trim_matches([' ', '\t'])
}

/// Returns whether the key of an entry is allowed: `vendor`, or `tenant@vendor`.
fn is_state_key(key: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
    key.len() <= MAX_STATE_PART_LEN
        && key.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && key.bytes().all(is_allowed)
        && key.bytes().filter(|byte| *byte == b'@').count() <= 1
}

/// Returns whether the value of an entry is allowed: printable ASCII but for `,` and `=`, not empty.
fn is_state_value(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= MAX_STATE_PART_LEN
        && value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'=')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of the specification.
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn example_of_the_specification_is_read() {
        let parent = TraceParent::parse(PARENT).expect("a position");
        assert_eq!(parent.trace_id_text(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(parent.is_sampled());
        assert_eq!(parent.to_string(), PARENT);
        assert_eq!(TraceParent::new(parent.trace_id(), parent.span_id(), true), Some(parent));
    }

    #[test]
    fn malformed_positions_are_ignored() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0é",
        ] {
            assert_eq!(TraceParent::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn later_versions_are_read_as_far_as_they_are_known() {
        for text in [
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-f9",
        ] {
            assert_eq!(TraceParent::parse(text).expect(text).to_string(), PARENT);
        }
    }

    #[test]
    fn state_is_passed_on_or_dropped() {
        let state = |text: &str| TraceState::parse(text).map(|state| state.as_str().to_owned());
        assert_eq!(
            state("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE").as_deref(),
            Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
        );
        assert_eq!(state(" a=1 ,\tb@c=2,, ").as_deref(), Some("a=1,b@c=2"));
        for text in ["", ",", "a", "a=", "=1", "A=1", "a=b=c", "a@b@c=1", "a=é", "a=\n", "a=1,b"] {
            assert_eq!(state(text), None, "{text:?}");
        }
        let entries = |count: usize| (0..count).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        assert!(state(&entries(32)).is_some() && state(&entries(33)).is_none());
        assert_eq!(state(&format!("a={}", "v".repeat(257))), None);
        assert_eq!(state(&format!("a={0},b={0},c={0}", "v".repeat(200))), None, "longer than 512 bytes");
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".{0,80}") {
            if let Some(parent) = TraceParent::parse(&text) {
                prop_assert_eq!(TraceParent::parse(&parent.to_string()), Some(parent));
            }
            if let Some(state) = TraceState::parse(&text) {
                prop_assert!(state.as_str().len() <= MAX_STATE_LEN);
                prop_assert_eq!(TraceState::parse(state.as_str()), Some(state.clone()));
            }
        }

        #[test]
        fn each_position_is_read_as_it_was_written(trace_id: [u8; 16], span_id: [u8; 8], is_sampled: bool) {
            let Some(parent) = TraceParent::new(trace_id, span_id, is_sampled) else { return Ok(()) };
            let read = TraceParent::parse(&parent.to_string());
            prop_assert_eq!(read, Some(parent));
            prop_assert_eq!((parent.trace_id(), parent.span_id()), (trace_id, span_id));
            prop_assert_eq!(parent.is_sampled(), is_sampled);
        }
    }
}
