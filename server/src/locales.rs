//! The operator's folder of further languages of the customer's page.

use std::fs;
use std::path::Path;

use domain::locale::Locales;

/// The name of the file in the folder of a language.
const FILE: &str = "manage.ftl";

/// Reads the languages of a folder: a folder for each, named after the language, with the file `manage.ftl`.
/// Languages of the binary can be replaced, text by text.
///
/// # Errors
/// Returns a sentence that names the file and its first fault.
pub fn load(folder: &Path) -> Result<Locales, String> {
    let mut locales = Locales::built_in()?;
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut languages = entries.map_err(|e| {
        format!("The folder {} of the setting locales_dir can't be read: {e}.", folder.display())
    })?;
    // The first fault is the same on each start. English is the fallback of the others.
    languages.sort_by_key(|entry| (!entry.file_name().eq_ignore_ascii_case("en"), entry.file_name()));
    for entry in languages.into_iter().filter(|entry| entry.path().is_dir() && !is_hidden(entry)) {
        let file = entry.path().join(FILE);
        if !file.exists() {
            tracing::warn!(folder = %entry.path().display(), "folder of locales_dir without {FILE} left out");
            continue;
        }
        let wrong = |fault: String| format!("The language file {} is wrong: {fault}.", file.display());
        let source = fs::read_to_string(&file).map_err(|e| wrong(e.to_string()))?;
        locales.add(&entry.file_name().to_string_lossy(), &source).map_err(wrong)?;
    }
    Ok(locales)
}

/// Returns whether the name begins with a dot, such as `.git`, or `..data` of a Kubernetes volume.
fn is_hidden(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(language: &str, source: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let of_language = folder.path().join(language);
        fs::create_dir(&of_language).expect("a folder");
        fs::write(of_language.join(FILE), source).expect("a file");
        fs::write(folder.path().join("README.md"), "Not a language.").expect("a file");
        folder
    }

    #[test]
    fn languages_of_a_folder_are_added() {
        let folder = folder_with("fr", "language-name = Français\n");
        let locales = load(folder.path()).expect("languages");
        let names: Vec<String> = locales.languages().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["Deutsch", "English", "Français"]);
    }

    #[test]
    fn hidden_folders_and_folders_without_texts_are_left_out() {
        let folder = folder_with("fr", "language-name = Français\n");
        for name in ["..2026_11_30", ".git", "notes"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        fs::write(folder.path().join("..2026_11_30").join(FILE), "= no Fluent").expect("a file");
        let locales = load(folder.path()).expect("languages");
        assert!(locales.has("fr") && !locales.has("notes"));
    }

    #[test]
    fn english_is_read_before_languages_that_fall_back_to_it() {
        let folder = folder_with("cs", "language-name = Čeština\n");
        let english = folder.path().join("en");
        fs::create_dir(&english).expect("a folder");
        fs::write(english.join(FILE), "key-label = Serial number\n").expect("a file");
        let locales = load(folder.path()).expect("languages");
        for language in ["cs", "es"] {
            assert_eq!(locales.choose(None, Some(language)).text("key-label"), "Serial number");
        }
    }

    #[test]
    fn fault_names_the_file_and_the_line() {
        let folder = folder_with("fr", "key-label = Clé\n= x\n");
        let error = load(folder.path()).err().expect("a fault");
        assert!(error.contains("fr/manage.ftl is wrong: line 2"), "{error}");
        let missing = load(&folder.path().join("none")).err().expect("no folder");
        assert!(missing.contains("locales_dir"), "{missing}");
    }
}
