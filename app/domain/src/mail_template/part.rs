//! Texts with variables: `Hello {{ customer_name }}`.

use super::variable::{Values, Variable};
use crate::FieldError;

/// Most variables in a field. They bound the length of a mail, because a value may have many lines.
const MAX_VARIABLES: usize = 30;
/// Longest name that an error repeats, in bytes.
const MAX_NAME_LEN: usize = 40;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A literal text.
    Text(String),
    /// A variable.
    Variable(Variable),
}

/// Parses a text with variables. Single braces are text.
///
/// # Errors
/// Returns [`FieldError`] that names an unknown variable and lists the known ones.
pub(super) fn parse(field: &'static str, source: &str, known: &[Variable]) -> Result<Vec<Part>, FieldError> {
    let (mut parts, mut rest) = (Vec::new(), source);
    while let Some((text, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            let message = format!("A variable that begins with {{{{ must end with }}}}. {}", listed(known));
            return Err(FieldError::new(field, message));
        };
        push_text(&mut parts, text);
        parts.push(Part::Variable(find(field, name.trim(), known)?));
        rest = after;
    }
    push_text(&mut parts, rest);
    ensure_few(field, variables(&parts).count())?;
    Ok(parts)
}

/// Checks the number of variables of a field.
///
/// # Errors
/// Returns [`FieldError`] if there are too many.
pub(super) fn ensure_few(field: &'static str, count: usize) -> Result<(), FieldError> {
    if count <= MAX_VARIABLES {
        return Ok(());
    }
    Err(FieldError::new(field, format!("This field holds at most {MAX_VARIABLES} variables.")))
}

/// Returns the variables of a text, in their order.
pub(super) fn variables(parts: &[Part]) -> impl Iterator<Item = Variable> {
    parts.iter().filter_map(|part| match part {
        Part::Variable(variable) => Some(*variable),
        Part::Text(_) => None,
    })
}

/// Replaces the variables. `escape` is applied to texts and values.
pub(super) fn render(parts: &[Part], values: &Values, escape: impl Fn(&str) -> String) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => escape(text),
            Part::Variable(variable) => escape(values.get(*variable)),
        })
        .collect()
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

fn find(field: &'static str, name: &str, known: &[Variable]) -> Result<Variable, FieldError> {
    let found = known.iter().find(|variable| variable.as_str() == name);
    found.copied().ok_or_else(|| {
        // Only a name is repeated, not any text.
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_short = (1..=MAX_NAME_LEN).contains(&name.len());
        let named = if is_short && name.bytes().all(is_name) { name } else { "This text" };
        FieldError::new(field, format!("{named} is not a variable of this mail. {}", listed(known)))
    })
}

/// Lists the known variables as a sentence.
fn listed(known: &[Variable]) -> String {
    let names: Vec<String> =
        known.iter().map(|variable| format!("{{{{ {} }}}}", variable.as_str())).collect();
    format!("Variables: {}.", names.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN: [Variable; 2] = [Variable::Product, Variable::Seller];

    fn rendered(source: &str) -> Result<String, FieldError> {
        let values = Values::samples().with(Variable::Product, "Plugin").with(Variable::Seller, "Maple");
        Ok(render(&parse("text", source, &KNOWN)?, &values, ToOwned::to_owned))
    }

    #[test]
    fn variables_are_replaced() {
        for (source, text) in [
            ("{{ product }} of {{seller}}", "Plugin of Maple"),
            ("{{\tproduct\n}}{{ product }}", "PluginPlugin"),
            ("a { b } }} c", "a { b } }} c"),
            ("", ""),
        ] {
            assert_eq!(rendered(source).as_deref(), Ok(text), "{source}");
        }
    }

    #[test]
    fn unknown_variable_is_named_with_the_known_ones() {
        let error = |source: &str| rendered(source).expect_err("an error").message;
        let known = "Variables: {{ product }}, {{ seller }}.";
        assert_eq!(error("{{ prodct }}"), format!("prodct is not a variable of this mail. {known}"));
        assert_eq!(error("{{ a b }}"), format!("This text is not a variable of this mail. {known}"));
        assert_eq!(
            error("{{ license_key }}"),
            format!("license_key is not a variable of this mail. {known}")
        );
        assert_eq!(error("{{}}"), format!("This text is not a variable of this mail. {known}"));
        assert_eq!(
            error("{{ product"),
            format!("A variable that begins with {{{{ must end with }}}}. {known}")
        );
    }

    #[test]
    fn variables_are_bounded() {
        assert!(rendered(&"{{ product }}".repeat(MAX_VARIABLES)).is_ok());
        assert!(rendered(&"{{ product }}".repeat(MAX_VARIABLES + 1)).is_err());
    }

    proptest! {
        #[test]
        fn values_are_no_templates(value in any::<String>()) {
            let values = Values::default().with(Variable::Product, value.as_str());
            let parts = parse("text", "a {{ product }} b", &KNOWN).expect("a template");
            prop_assert_eq!(render(&parts, &values, ToOwned::to_owned), format!("a {value} b"));
        }

        #[test]
        fn any_text_is_parsed_or_refused(source in "[{}a-z_ \n]{0,60}") {
            let _ = parse("text", &source, &KNOWN);
        }
    }
}
