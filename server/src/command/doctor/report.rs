//! Findings, and their output.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::super::output::Output;
use super::code::{Code, Severity};

/// Longest line of text, in characters.
const LINE_LEN: usize = 100;
/// Space for the severity before a text, in characters.
const INDENT: usize = 9;

/// One fact about the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    code: Code,
    found: String,
    remedy: Option<String>,
}

impl Finding {
    /// Creates a finding that asks for nothing.
    pub fn fact(code: Code, found: impl Into<String>) -> Self {
        Self { code, found: found.into(), remedy: None }
    }

    /// Creates a finding with a remedy.
    pub fn fault(code: Code, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, found: found.into(), remedy: Some(remedy.into()) }
    }

    /// Returns the code.
    pub fn code(&self) -> Code {
        self.code
    }

    fn to_json(&self) -> Value {
        json!({
            "code": self.code.word(),
            "severity": self.code.severity().word(),
            "found": self.found,
            "remedy": self.remedy,
        })
    }
}

/// All findings, the worst last, where the reader of a terminal looks.
pub struct Report(Vec<Finding>);

impl Report {
    /// Creates a report.
    pub fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| finding.code.severity());
        Self(findings)
    }

    /// Prints the report and returns the exit status: 0 without warnings, 1 with warnings, 2 with errors.
    pub fn print(&self, output: Output) -> ExitCode {
        output.print_report(&self.to_text(), &self.to_json());
        ExitCode::from(self.exit_status())
    }

    /// Returns the document for scripts.
    pub fn to_json(&self) -> Value {
        json!({
            "status": self.worst().word(),
            "errors": self.count(Severity::Error),
            "warnings": self.count(Severity::Warning),
            "notes": self.count(Severity::Note),
            "findings": self.0.iter().map(Finding::to_json).collect::<Vec<_>>(),
        })
    }

    fn exit_status(&self) -> u8 {
        match self.worst() {
            Severity::Ok | Severity::Note => 0,
            Severity::Warning => 1,
            Severity::Error => 2,
        }
    }

    fn worst(&self) -> Severity {
        self.0.iter().map(|finding| finding.code.severity()).max().unwrap_or(Severity::Ok)
    }

    fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|finding| finding.code.severity() == severity).count()
    }

    fn to_text(&self) -> String {
        let mut text = String::new();
        for finding in &self.0 {
            let severity = finding.code.severity().word();
            let found = format!("{} [{}]", finding.found, finding.code.word());
            let found = wrapped(&found);
            let _ = writeln!(text, "{severity:<INDENT$}{found}");
            if let Some(remedy) = &finding.remedy {
                let _ = writeln!(text, "{:<INDENT$}{}", "", wrapped(&format!("> {remedy}")));
            }
        }
        let (errors, warnings) = (self.count(Severity::Error), self.count(Severity::Warning));
        let _ = write!(
            text,
            "\n{}, {}, {}.",
            counted(errors, "error"),
            counted(warnings, "warning"),
            counted(self.count(Severity::Note), "note")
        );
        text
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// Breaks a text between words. Further lines are indented; a longer word is not broken, because it is copied.
fn wrapped(text: &str) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if column > 0 && column + 1 + len > LINE_LEN - INDENT {
            let _ = write!(out, "\n{:<INDENT$}", "");
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += len;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn worst_finding_is_last_and_decides_the_exit_status() {
        let ok = Finding::fact(Code::SettingsValid, "The settings are valid.");
        let note = Finding::fault(Code::MailOff, "No mail is sent.", "Set smtp_url.");
        let warning = Finding::fault(Code::ClockSkew, "The clocks differ.", "Run NTP.");
        let error = Finding::fault(Code::MasterKeyWrong, "The key is wrong.", "Restore it.");
        for (findings, status) in [
            (vec![], 0),
            (vec![ok.clone(), note.clone()], 0),
            (vec![warning.clone(), note.clone()], 1),
            (vec![error.clone(), warning.clone(), ok.clone()], 2),
        ] {
            assert_eq!(Report::new(findings).exit_status(), status);
        }
        let report = Report::new(vec![error, ok, warning, note]);
        let document = report.to_json();
        assert_eq!((&document["status"], &document["errors"]), (&"error".into(), &1.into()));
        assert_eq!(document["findings"][3]["code"], "master_key_wrong");
        assert_eq!(document["findings"][0]["remedy"], Value::Null);
        assert_eq!(
            report.to_text(),
            "ok       The settings are valid. [settings_valid]\n\
             note     No mail is sent. [mail_off]\n         > Set smtp_url.\n\
             warning  The clocks differ. [clock_skew]\n         > Run NTP.\n\
             error    The key is wrong. [master_key_wrong]\n         > Restore it.\n\
             \n1 error, 1 warning, 1 note."
        );
    }

    proptest! {
        #[test]
        fn wrapping_keeps_words_and_bounds_lines(text in "([a-zß./-]{1,30} ){0,40}") {
            let wrapped = wrapped(&text);
            prop_assert!(wrapped.split_whitespace().eq(text.split_whitespace()));
            prop_assert!(wrapped.lines().all(|line| line.chars().count() <= LINE_LEN));
        }
    }
}
