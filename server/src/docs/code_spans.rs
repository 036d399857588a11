//! Descriptions with code between back-ticks.

use leptos::prelude::*;

/// A part of a description.
#[derive(Debug, PartialEq, Eq)]
enum Span<'a> {
    Text(&'a str),
    Code(&'a str),
}

/// Splits a description at its back-ticks. An unpaired back-tick stays in the text.
fn code_spans(mut text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    while let Some((before, rest)) = text.split_once('`')
        && let Some((code, after)) = rest.split_once('`')
    {
        if !before.is_empty() {
            spans.push(Span::Text(before));
        }
        spans.push(Span::Code(code));
        text = after;
    }
    if !text.is_empty() {
        spans.push(Span::Text(text));
    }
    spans
}

/// Renders a description with its code spans as `<code>` elements.
pub fn with_code(description: &str) -> Vec<AnyView> {
    let render = |span: Span<'_>| match span {
        Span::Text(text) => text.to_owned().into_any(),
        Span::Code(code) => view! { <code>{code.to_owned()}</code> }.into_any(),
    };
    code_spans(description).into_iter().map(render).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn description_is_split_at_back_ticks() {
        use Span::{Code, Text};
        assert_eq!(code_spans(""), []);
        assert_eq!(code_spans("no code"), [Text("no code")]);
        assert_eq!(code_spans("`expired`"), [Code("expired")]);
        assert_eq!(
            code_spans("Always `false`. Only `/verify` sends it."),
            [Text("Always "), Code("false"), Text(". Only "), Code("/verify"), Text(" sends it.")]
        );
        assert_eq!(code_spans("`a``b`"), [Code("a"), Code("b")]);
        assert_eq!(code_spans("`a` and ` alone"), [Code("a"), Text(" and ` alone")]);
    }
}
