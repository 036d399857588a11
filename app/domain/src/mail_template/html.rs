//! The HTML of a template: few tags, and no attributes but the addresses of links.
//!
//! Nothing is removed from a seller's text: a tag that is not allowed is an error that names it. The output
//! is written anew from the parsed nodes, so that no browser can read it in another way.

use super::decode::decode;
use super::escape::escape_html;
use super::link::Link;
use super::part::{self, Part};
use super::variable::{Values, Variable};
use crate::FieldError;

/// The field of a form.
const FIELD: &str = "html";
/// Tags with an end tag.
const PAIRED: [&str; 18] = [
    "a",
    "b",
    "blockquote",
    "code",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "small",
    "strong",
    "u",
    "ul",
];
/// Tags without an end tag.
const VOID: [&str; 2] = ["br", "hr"];

/// A parsed HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Html(Vec<Node>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Text(Vec<Part>),
    Start(&'static str),
    Link(Link),
    End(&'static str),
}

impl Html {
    /// Parses the HTML of a seller.
    ///
    /// # Errors
    /// Returns [`FieldError`] with the first tag, attribute or variable that is not allowed.
    pub fn parse(source: &str, known: &[Variable]) -> Result<Self, FieldError> {
        let (mut nodes, mut open, mut rest) = (Vec::new(), Vec::new(), source);
        while let Some((text, after)) = rest.split_once('<') {
            push_text(&mut nodes, text, known)?;
            let (tag, after) =
                after.split_once('>').ok_or_else(|| error("A tag has no end. Write &lt; for <."))?;
            nodes.push(parse_tag(tag, &mut open, known)?);
            rest = after;
        }
        push_text(&mut nodes, rest, known)?;
        if let Some(name) = open.last() {
            return Err(error(format!("The tag {name} has no end tag.")));
        }
        let html = Self(nodes);
        part::ensure_few(FIELD, html.variables().count() + html.variables_of_links())?;
        Ok(html)
    }

    /// Returns the number of variables within addresses of links.
    fn variables_of_links(&self) -> usize {
        let links = self.0.iter().map(|node| match node {
            Node::Link(link) => link.variables(),
            Node::Text(_) | Node::Start(_) | Node::End(_) => 0,
        });
        links.sum()
    }

    /// Returns the variables within texts.
    pub fn variables(&self) -> impl Iterator<Item = Variable> {
        self.0.iter().flat_map(|node| match node {
            Node::Text(parts) => part::variables(parts).collect::<Vec<_>>(),
            Node::Start(_) | Node::Link(_) | Node::End(_) => Vec::new(),
        })
    }

    /// Writes the HTML with its values, which are escaped.
    pub fn render(&self, values: &Values) -> String {
        self.0
            .iter()
            .map(|node| match node {
                Node::Text(parts) => part::render(parts, values, escape_html),
                Node::Start(name) => format!("<{name}>"),
                Node::End(name) => format!("</{name}>"),
                Node::Link(link) => format!("<a href=\"{}\">", escape_html(&link.address(values))),
            })
            .collect()
    }
}

fn error(message: impl Into<String>) -> FieldError {
    FieldError::new(FIELD, message)
}

fn push_text(nodes: &mut Vec<Node>, text: &str, known: &[Variable]) -> Result<(), FieldError> {
    let mut parts = part::parse(FIELD, text, known)?;
    for part in &mut parts {
        if let Part::Text(text) = part {
            *text = decode(text);
        }
    }
    if !parts.is_empty() {
        nodes.push(Node::Text(parts));
    }
    Ok(())
}

/// Parses the text between `<` and `>`.
fn parse_tag(tag: &str, open: &mut Vec<&'static str>, known: &[Variable]) -> Result<Node, FieldError> {
    if tag.starts_with(['!', '?']) {
        return Err(error("Comments and declarations are not allowed."));
    }
    let (is_end, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
    let end_of_name = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
    let (name, attributes) = tag.split_at(end_of_name);
    let name = name.to_ascii_lowercase();
    let attributes = attributes.trim().trim_end_matches('/').trim_end();
    if let Some(name) = VOID.into_iter().find(|void| *void == name).filter(|_| !is_end) {
        ensure_no_attributes(name, attributes)?;
        return Ok(Node::Start(name));
    }
    let Some(name) = PAIRED.into_iter().find(|paired| *paired == name) else {
        return Err(error(unknown_tag(&name)));
    };
    if is_end {
        ensure_no_attributes(name, attributes)?;
        return match open.pop() {
            Some(opened) if opened == name => Ok(Node::End(name)),
            Some(opened) => Err(error(format!("The tag {opened} must end before the tag {name} ends."))),
            None => Err(error(format!("The end tag of {name} has no start tag."))),
        };
    }
    open.push(name);
    if name == "a" {
        return Ok(Node::Link(Link::parse(attributes, known)?));
    }
    ensure_no_attributes(name, attributes)?;
    Ok(Node::Start(name))
}

fn unknown_tag(name: &str) -> String {
    let allowed = format!("Allowed are {} and {}.", PAIRED.join(", "), VOID.join(", "));
    // Names of tags are short. A longer text is no tag.
    if (1..=20).contains(&name.len()) {
        format!("The tag {name} is not allowed. {allowed}")
    } else {
        format!("A tag without a name is not allowed; write &lt; for <. {allowed}")
    }
}

fn ensure_no_attributes(name: &str, attributes: &str) -> Result<(), FieldError> {
    if attributes.is_empty() {
        return Ok(());
    }
    Err(error(format!("The tag {name} has an attribute. Only links have one: href.")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN: [Variable; 2] = [Variable::Product, Variable::LicenseKey];

    fn rendered(source: &str, product: &str) -> Result<String, FieldError> {
        let values = Values::default().with(Variable::Product, product);
        Ok(Html::parse(source, &KNOWN)?.render(&values))
    }

    #[test]
    fn allowed_html_is_written_anew() {
        for (source, html) in [
            ("<P >a &amp; &lt;b> {{ product }}</p><br/><hr>", "<p>a &#38; &#60;b&#62; x&#38;y</p><br><hr>"),
            (
                "<a href='https://a.example/?k={{ product }}&amp;b=1'>c</a>",
                "<a href=\"https://a.example/?k=x%26y&#38;b=1\">c</a>",
            ),
            ("&unknown; &#0; &#x41;&nbsp;", "&#38;unknown; &#38;#0; A\u{a0}"),
            ("", ""),
        ] {
            assert_eq!(rendered(source, "x&y").as_deref(), Ok(html), "{source}");
        }
    }

    #[test]
    fn other_html_is_refused() {
        for (source, word) in [
            ("<script>alert(1)</script>", "script"),
            ("<img src=x onerror=alert(1)>", "img"),
            ("<p onclick=\"x\">a</p>", "The tag p has an attribute"),
            ("<p style=\"color:red\">a</p>", "The tag p has an attribute"),
            ("<a href=\"javascript:alert(1)\">a</a>", "must begin with https://"),
            ("<a href=\" https://a.example\">a</a>", "must begin with https://"),
            ("<a href=\"{{ product }}\">a</a>", "must begin with https://"),
            ("<a href=\"https://a.example\" onclick=\"x\">a</a>", "A link must be of the form"),
            ("<a href=https://a.example>a</a>", "A link must be of the form"),
            ("<a>b</a>", "A link must be of the form"),
            ("<!-- a -->", "Comments"),
            ("a < b", "has no end"),
            ("a < b > c", "without a name"),
            ("<p>a", "The tag p has no end tag"),
            ("a</p>", "no start tag"),
            ("<p><b>a</p></b>", "The tag b must end before the tag p ends"),
            ("</br>", "The tag br is not allowed"),
            ("<p>{{ seller }}</p>", "seller is not a variable"),
        ] {
            let error = rendered(source, "x").expect_err(source);
            assert_eq!(error.field, "html");
            assert!(error.message.contains(word), "{source}: {error}");
        }
    }

    #[test]
    fn variables_of_the_whole_html_are_bounded() {
        let paragraphs = |count: usize| "<p>{{ product }}</p>".repeat(count);
        assert!(rendered(&paragraphs(30), "x").is_ok());
        assert!(rendered(&paragraphs(31), "x").is_err());
        let link = "<a href=\"https://a.example/{{ product }}\">a</a>";
        assert!(rendered(&format!("{link}{}", paragraphs(30)), "x").is_err());
    }

    /// Replaces the tags of the template, after which no character of HTML may be left.
    fn without_tags(html: &str) -> String {
        html.replace("<p>", "")
            .replace("</p>", "")
            .replace("<a href=\"https://a.example/", "")
            .replace("\">", "")
            .replace("</a>", "")
    }

    proptest! {
        #[test]
        fn no_value_adds_markup(value in any::<String>()) {
            let source = "<p>{{ product }}<a href=\"https://a.example/{{ product }}\">b</a></p>";
            let html = rendered(source, &value).expect("a template");
            prop_assert!(!without_tags(&html).contains(['<', '>', '"', '\'']), "{html}");
        }

        #[test]
        fn any_text_is_parsed_or_refused(source in "[<>/a-p{} \"'=!&;#:.]{0,80}") {
            let _ = Html::parse(&source, &KNOWN);
        }

        #[test]
        fn output_is_accepted_again(source in "(<p>|</p>|<b>|</b>|<br>|a|&amp;|&lt;|>|\"){0,12}") {
            if let Ok(html) = rendered(&source, "x") {
                prop_assert_eq!(rendered(&html, "x"), Ok(html));
            }
        }
    }
}
