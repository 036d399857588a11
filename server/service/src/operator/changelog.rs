//! The newest part of the changelog, as the build found it.

use domain::view::ChangelogPart;

/// The changelog of the repository.
const CHANGELOG: &str = include_str!("../../../../CHANGELOG.md");

/// Returns the first part of the changelog.
pub(super) fn newest_part() -> ChangelogPart {
    parse(CHANGELOG)
}

/// Parses the first part: a heading of the second level, and a list whose entries may have several lines.
fn parse(text: &str) -> ChangelogPart {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("## "));
    let title = lines.next().unwrap_or_default().trim_start_matches('#').trim().to_owned();
    let mut changes: Vec<String> = Vec::new();
    for line in lines.take_while(|line| !line.starts_with("## ")).filter(|line| !line.starts_with('#')) {
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
        let text = "# Changelog\n\n## 1.1\n\n- One\n  change.\n- `Two`.\n\n## 1.0\n\n- Old.\n";
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
