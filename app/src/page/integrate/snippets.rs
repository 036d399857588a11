//! The snippets, with an instance's address and a product's id and public key filled in.

use domain::ProductId;

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

/// The snippets of a dialect, `domain` or `machine`: language and code. `pem` is the key that the product
/// signs with.
pub(crate) fn snippets(dialect: &str, origin: &str, product: ProductId, pem: &str) -> Vec<(String, String)> {
    let all = if dialect == "machine" { snippets!("machine") } else { snippets!("domain") };
    let id = product.to_string();
    let fill = |text: &str| {
        text.trim_end()
            .replace("{{ORIGIN}}", origin)
            .replace("{{PRODUCT_ID}}", &id)
            .replace("{{PUBLIC_KEY}}", pem.trim_end())
    };
    all.map(|(language, text)| (language.to_owned(), fill(text))).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_placeholders_are_filled() {
        let product = "0199a5a0-0000-7000-8000-000000000001".parse().unwrap();
        let pem = "-----BEGIN PUBLIC KEY-----\nMIIB\nIjAN\n-----END PUBLIC KEY-----\n";
        for dialect in ["domain", "machine"] {
            for (language, code) in snippets(dialect, "https://licenses.example", product, pem) {
                assert!(!code.contains("{{"), "{dialect}, {language}: {code}");
                assert!(code.contains("https://licenses.example"), "{dialect}, {language}: {code}");
                let has_key = code.contains(pem.trim_end());
                assert_eq!(has_key, dialect == "machine", "{dialect}, {language}: {code}");
            }
        }
    }
}
