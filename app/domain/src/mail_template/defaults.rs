//! The default templates, for sellers without their own.

use super::kind::TemplateKind;
use super::template::TemplateSource;

/// Returns the template of a mail. For several license keys, see [`default_source_of_keys`].
#[must_use]
pub fn default_source(kind: TemplateKind) -> TemplateSource {
    match kind {
        TemplateKind::LicenseKey => source(
            "Your license key for {{ product }}",
            "Here is your license key for {{ product }}:\n\n\
             {{ license_key }}\n\n\
             Keep this mail, and show the key to no other person.\n\n\
             {{ seller }}",
        ),
        TemplateKind::ExpiryReminder => source(
            "Your license for {{ product }} expires in {{ time_left }}",
            "Your license for {{ product }} expires on {{ expires_on }}. Its key ends in {{ key_ending }}.\n\n\
             Renew it before that day to go on using {{ product }}.\n\n\
             {{ seller }}",
        ),
        TemplateKind::ActivationNotice => source(
            "Your license for {{ product }} was activated",
            "Your license for {{ product }} is now used by: {{ activated }}\n\n\
             Key: ends in {{ key_ending }}\n\
             Time: {{ activated_at }} (UTC)\n\n\
             If you did not expect this, tell {{ seller }}.",
        ),
    }
}

/// Returns the template of a mail with several license keys.
#[must_use]
pub fn default_source_of_keys() -> TemplateSource {
    source(
        "Your license keys for {{ product }}",
        "Here are your license keys for {{ product }}:\n\n\
         {{ license_key }}\n\n\
         Keep this mail, and show the key to no other person.\n\n\
         {{ seller }}",
    )
}

fn source(subject: &str, text: &str) -> TemplateSource {
    TemplateSource { subject: subject.to_owned(), text: text.to_owned(), html: String::new() }
}

#[cfg(test)]
mod tests {
    use super::super::template::MailTemplate;
    use super::super::variable::{Values, Variable};
    use super::*;

    #[test]
    fn defaults_are_templates() {
        for kind in TemplateKind::ALL {
            let mail = MailTemplate::parse(kind, &default_source(kind)).expect("a template");
            let mail = mail.render(&Values::samples());
            for text in [&mail.subject, &mail.text, &mail.html] {
                assert!(!text.is_empty() && !text.contains("{{"), "{text}");
            }
        }
        let keys =
            MailTemplate::parse(TemplateKind::LicenseKey, &default_source_of_keys()).expect("a template");
        let values = Values::samples().with(Variable::LicenseKey, "LIC-1\nLIC-2");
        let mail = keys.render(&values);
        assert!(mail.text.contains("\n\nLIC-1\nLIC-2\n\n"), "{}", mail.text);
        assert!(mail.html.contains("<p><code>LIC-1</code><br><code>LIC-2</code></p>\n"), "{}", mail.html);
    }
}
