//! The snippets, with an instance's address and a product's id filled in.

use domain::view::ProductView;

macro_rules! snippets {
    ($dialect:literal) => {
        [
            ("curl", include_str!(concat!("snippets/", $dialect, ".sh"))),
            ("JavaScript", include_str!(concat!("snippets/", $dialect, ".js"))),
            ("Python", include_str!(concat!("snippets/", $dialect, ".py"))),
            ("PHP", include_str!(concat!("snippets/", $dialect, ".php"))),
            ("Rust", include_str!(concat!("snippets/", $dialect, ".rs"))),
        ]
    };
}

/// The snippets of a dialect, `domain` or `machine`: language and code.
pub(crate) fn snippets(dialect: &str, origin: &str, product: &ProductView) -> Vec<(String, String)> {
    let all = if dialect == "machine" { snippets!("machine") } else { snippets!("domain") };
    let id = product.id.to_string();
    let fill = |text: &str| text.replace("{{ORIGIN}}", origin).replace("{{PRODUCT_ID}}", &id);
    all.map(|(language, text)| (language.to_owned(), fill(text).trim_end().to_owned())).to_vec()
}
