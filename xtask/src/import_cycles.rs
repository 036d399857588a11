//! Refuses import cycles between the files of a crate.
//!
//! An edge leads from a file to the file that defines the imported item. Re-exports are resolved, so that a `mod.rs`
//! that only re-exports its children is part of no cycle. Test modules and macro bodies are not read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Attribute, Item, UseTree};

use crate::cmd::Result;

/// The crates whose files are checked.
const CRATES: [&str; 5] = ["app/domain/src", "app/src", "server/service/src", "server/src", "xtask/src"];

/// Cycles that are not broken yet. Every other cycle is refused; remove an entry together with its cycle.
const KNOWN: [&str; 6] = [
    "app/src/context/mod.rs -> app/src/flash.rs -> app/src/context/mod.rs",
    "server/service/src/machine/binding.rs -> server/service/src/machine/machine_info.rs -> \
     server/service/src/machine/binding.rs",
    "server/src/web/current_member.rs -> server/src/web/mod.rs -> server/src/web/current_member.rs",
    "server/src/web/render.rs -> server/src/web/current_member.rs -> server/src/web/render.rs",
    "server/src/web/require_sign_in.rs -> server/src/web/mod.rs -> server/src/web/require_sign_in.rs",
    "server/src/web/server_fn.rs -> server/src/web/mod.rs -> server/src/web/server_fn.rs",
];

type ModulePath = Vec<String>;

/// The parsed modules of a crate, by module path.
#[derive(Default)]
struct Modules(BTreeMap<ModulePath, Module>);

struct Module {
    file: String,
    /// Names that a `pub use` makes available, with the path that defines them.
    re_exports: BTreeMap<String, ModulePath>,
    /// Every path that the file mentions, resolved to absolute segments.
    paths: BTreeSet<ModulePath>,
}

/// Checks every crate of the workspace.
pub fn check() -> Result {
    let mut cycles = Vec::new();
    for root in CRATES {
        let mut modules = Modules::default();
        modules.read(Path::new(root), &[])?;
        cycles.extend(modules.cycles());
    }
    cycles.retain(|cycle| !KNOWN.contains(&cycle.as_str()));
    if cycles.is_empty() {
        return Ok(());
    }
    Err(format!("import cycles; move the shared item to a file of its own:\n  {}", cycles.join("\n  ")))
}

impl Modules {
    /// Reads the module at `path` and its children from the folder `folder`.
    fn read(&mut self, folder: &Path, path: &[String]) -> Result {
        let candidates = ["lib.rs", "main.rs", "mod.rs"].map(|name| folder.join(name));
        let own = candidates.into_iter().find(|file| file.exists());
        let file = own.unwrap_or_else(|| folder.with_extension("rs"));
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let children = self.add(path.to_vec(), &file.display().to_string(), &text)?;
        for child in children {
            let nested: PathBuf = folder.join(&child);
            let child_path: ModulePath = path.iter().cloned().chain([child]).collect();
            self.read(&nested, &child_path)?;
        }
        Ok(())
    }

    /// Parses one file. Returns the names of its child modules that are files.
    fn add(&mut self, path: ModulePath, file: &str, text: &str) -> Result<Vec<String>> {
        let parsed = syn::parse_file(text).map_err(|e| format!("{file}: {e}"))?;
        let mut children = Vec::new();
        let mut reader = Reader { module: path.clone(), ..Reader::default() };
        for item in &parsed.items {
            match item {
                Item::Mod(module) if is_test(&module.attrs) => continue,
                Item::Mod(module) if module.content.is_none() => children.push(module.ident.to_string()),
                _ => {}
            }
            if let Item::Use(item) = item {
                let is_public = !matches!(item.vis, syn::Visibility::Inherited);
                reader.read_use(&item.tree, Vec::new(), is_public);
            }
        }
        reader.aliases.extend(children.iter().map(|child| {
            let mut target = path.clone();
            target.push(child.clone());
            (child.clone(), target)
        }));
        parsed.items.iter().for_each(|item| reader.visit_item(item));
        let module = Module { file: file.to_owned(), re_exports: reader.re_exports, paths: reader.paths };
        self.0.insert(path, module);
        Ok(children)
    }

    /// Returns the file that defines the item at an absolute path. `None` for a module or a foreign item.
    fn defining_file(&self, path: &[String], depth: usize) -> Option<&str> {
        let known = (0..=path.len()).rev().find(|n| self.0.contains_key(&path[..*n]))?;
        let item = path.get(known)?;
        let module = &self.0[&path[..known]];
        match module.re_exports.get(item) {
            Some(target) if depth < 16 => self.defining_file(target, depth + 1),
            _ => Some(&module.file),
        }
    }

    fn cycles(&self) -> Vec<String> {
        let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for module in self.0.values() {
            let targets = module.paths.iter().filter_map(|path| self.defining_file(path, 0));
            edges.entry(&module.file).or_default().extend(targets.filter(|target| *target != module.file));
        }
        let mut reported = BTreeSet::new();
        let mut cycles = Vec::new();
        for start in edges.keys() {
            if !reported.contains(start)
                && let Some(cycle) = shortest_cycle(start, &edges)
            {
                reported.extend(cycle.iter().copied());
                cycles.push(format!("{} -> {start}", cycle.join(" -> ")));
            }
        }
        cycles
    }
}

/// Returns the shortest cycle through `start`, by breadth-first search.
fn shortest_cycle<'a>(start: &'a str, edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let mut previous: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in edges.get(file).into_iter().flatten() {
            if *next == start {
                let mut cycle = vec![file];
                while let Some(before) = previous.get(cycle[cycle.len() - 1]) {
                    cycle.push(before);
                }
                cycle.reverse();
                return Some(cycle);
            }
            if !previous.contains_key(next) {
                previous.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

/// Collects the paths of one file.
#[derive(Default)]
struct Reader {
    module: ModulePath,
    aliases: BTreeMap<String, ModulePath>,
    re_exports: BTreeMap<String, ModulePath>,
    paths: BTreeSet<ModulePath>,
}

impl Reader {
    fn read_use(&mut self, tree: &UseTree, mut prefix: Vec<String>, is_public: bool) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.read_use(&path.tree, prefix, is_public);
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|item| self.read_use(item, prefix.clone(), is_public));
            }
            UseTree::Name(name) => self.read_name(name.ident.to_string(), None, prefix, is_public),
            UseTree::Rename(rename) => {
                self.read_name(rename.ident.to_string(), Some(rename.rename.to_string()), prefix, is_public);
            }
            UseTree::Glob(_) => {}
        }
    }

    fn read_name(&mut self, name: String, alias: Option<String>, mut path: Vec<String>, is_public: bool) {
        let alias = match alias {
            Some(alias) => alias,
            None if name == "self" => path.last().cloned().unwrap_or_default(),
            None => name.clone(),
        };
        if name != "self" {
            path.push(name);
        }
        let is_facade = is_public && !matches!(path.first().map(String::as_str), Some("crate" | "super"));
        let Some(absolute) = self.absolute(&path).or_else(|| is_facade.then(|| self.child(&path))) else {
            return;
        };
        if is_public {
            self.re_exports.insert(alias.clone(), absolute.clone());
        } else {
            self.paths.insert(absolute.clone());
        }
        self.aliases.insert(alias, absolute);
    }

    fn child(&self, path: &[String]) -> ModulePath {
        self.module.iter().chain(path).cloned().collect()
    }

    /// Resolves a path that begins with `crate`, `self`, `super` or an imported name.
    fn absolute(&self, path: &[String]) -> Option<ModulePath> {
        let first = path.first()?;
        match first.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some(self.child(&path[1..])),
            "super" => {
                let supers = path.iter().take_while(|segment| *segment == "super").count();
                let base = self.module.len().checked_sub(supers)?;
                Some(self.module[..base].iter().chain(&path[supers..]).cloned().collect())
            }
            _ => {
                let target = self.aliases.get(first)?;
                Some(target.iter().chain(&path[1..]).cloned().collect())
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Use(_) => {}
            Item::Mod(module) if is_test(&module.attrs) => {}
            _ => syn::visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1
            && let Some(absolute) = self.absolute(&segments)
        {
            self.paths.insert(absolute);
        }
        syn::visit::visit_path(self, path);
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles(files: &[(&str, &str)]) -> Vec<String> {
        let mut modules = Modules::default();
        for (path, text) in files {
            let module = path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect();
            modules.add(module, path, text).expect("valid Rust");
        }
        modules.cycles()
    }

    #[test]
    fn mutual_imports_are_a_cycle() {
        let found = cycles(&[
            ("lib", "mod a; mod b;"),
            ("a", "use crate::b::B; pub struct A(B);"),
            ("b", "pub struct B; fn f() { super::a::g() }"),
        ]);
        assert_eq!(found, ["a -> b -> a"]);
    }

    #[test]
    fn facade_that_re_exports_is_no_cycle() {
        let found = cycles(&[
            ("lib", "mod m;"),
            ("m", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("m/a", "use super::B; pub struct A(B);"),
            ("m/b", "pub struct B;"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn import_through_a_re_export_leads_to_the_defining_file() {
        let found = cycles(&[
            ("lib", "mod m;"),
            ("m", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("m/a", "use super::B; pub struct A(B);"),
            ("m/b", "use crate::m; pub struct B(m::A);"),
        ]);
        assert_eq!(found, ["m/a -> m/b -> m/a"]);
    }

    #[test]
    fn test_modules_are_not_read() {
        let found = cycles(&[
            ("lib", "mod a; mod b;"),
            ("a", "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }"),
            ("b", "use crate::a::A; pub struct B(A);"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
