//! The trace of a change, as its deliveries keep it.

use domain::trace_context::TraceContext;

/// Returns the values of the columns `trace_parent` and `trace_state`.
pub(super) fn columns(trace: Option<&TraceContext>) -> (Option<String>, Option<String>) {
    let parent = trace.map(|trace| trace.parent.to_string());
    let state = trace.and_then(|trace| trace.state.as_ref()).map(|state| state.as_str().to_owned());
    (parent, state)
}

/// Returns the trace of the columns. A value that a later version wrote in another form is no trace.
pub(super) fn from_columns(parent: Option<&str>, state: Option<&str>) -> Option<TraceContext> {
    TraceContext::parse(parent?, state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_keep_the_trace() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for state in [None, Some("rojo=1,congo=2")] {
            let trace = TraceContext::parse(parent, state);
            let (parent, state) = columns(trace.as_ref());
            assert_eq!(from_columns(parent.as_deref(), state.as_deref()), trace);
        }
        assert_eq!(columns(None), (None, None));
        assert_eq!(from_columns(None, Some("rojo=1")), None);
    }
}
