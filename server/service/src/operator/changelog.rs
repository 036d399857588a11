//! The newest part of the changelog, as the build found it.

use domain::view::ChangelogPart;

/// The changelog of the repository.
const CHANGELOG: &str = include_str!("../../../../CHANGELOG.md");

/// The beginning of the headings of a release's details, which follow its summary.
const DETAILS: &str = "### In detail";

/// Returns the first part of the changelog that has changes, without its details.
pub(super) fn newest_part() -> ChangelogPart {
    parse(CHANGELOG)
}

/// Parses the first part with changes.
fn parse(text: &str) -> ChangelogPart {
    // What follows the heading of the second level. The part before the first one is the changelog's title.
    let mut parts = text.split("\n## ").skip(1).map(parse_part);
    parts.find(|part| !part.changes.is_empty()).unwrap_or_default()
}

/// Parses a part: its title, and a list whose entries may have several lines.
fn parse_part(part: &str) -> ChangelogPart {
    let mut lines = part.lines();
    let title = lines.next().unwrap_or_default().trim().to_owned();
    let mut changes: Vec<String> = Vec::new();
    for line in lines.take_while(|line| !line.starts_with(DETAILS)).filter(|line| !line.starts_with('#')) {
        let text = line.trim();
        if let Some(first) = line.strip_prefix("- ") {
            changes.push(first.trim().to_owned());
        } else if let Some(change) = changes.last_mut()
            && !text.is_empty()
        {
            change.push(' ');
            change.push_str(text);
        }
    }
    ChangelogPart { title, changes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_part_is_a_title_and_entries() {
        let text = "# Changelog\n\n## Unreleased\n\n## 1.1\n\nNew.\n\n### Summary\n\n- One\n  change.\n- `Two`.\n\n\
                    ### In detail: web\n\n- Three.\n\n## 1.0\n\n- Old.\n";
        let part = parse(text);
        assert_eq!(part.title, "1.1");
        assert_eq!(part.changes, ["One change.", "`Two`."]);
        assert_eq!(parse("").changes, Vec::<String>::new());
    }

    #[test]
    fn changelog_of_the_repository_has_changes() {
        assert!(!newest_part().changes.is_empty());
    }
}
