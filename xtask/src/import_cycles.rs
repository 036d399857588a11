//! Refuses import cycles between the files of a crate.
//!
//! An edge leads from a file to the file that defines the imported item. Re-exports are resolved, so that a
//! `mod.rs` that only re-exports its children is part of no cycle. Test modules and macro bodies are not
//! read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Attribute, Item, UseTree};

use crate::cmd::{Result, workspace_root};

/// The crates whose files are checked.
const CRATES: [&str; 9] = [
    "app/domain/src",
    "app/src",
    "frontend/src",
    "migrations/src",
    "server/service/src",
    "server/src",
    "server/test-support/src",
    "xtask/src",
    "xtask/baseline/src",
];

/// Imports (importing file, defining file) that are ignored because their cycles are not broken yet. An entry
/// is one import of a cycle, so that every other import of the same files is still checked.
const ALLOWED_IMPORTS: &[(&str, &str)] = &[];

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
///
/// # Errors
/// Returns the cycles, or an allowed import that is part of no cycle any more.
pub fn check() -> Result {
    let mut edges = Edges::new();
    for root in CRATES {
        let mut modules = Modules::default();
        modules.read(&workspace_root().join(root), &[])?;
        edges.extend(modules.edges());
    }
    let unused = ALLOWED_IMPORTS.iter().find(|(from, to)| !edges.has_cycle_with(from, to));
    if let Some((from, to)) = unused {
        return Err(format!(
            "The import {from} -> {to} is part of no cycle. Delete it from `ALLOWED_IMPORTS`."
        ));
    }
    for (from, to) in ALLOWED_IMPORTS {
        edges.remove(from, to);
    }
    let cycles = edges.cycles();
    if cycles.is_empty() {
        println!("Import cycles: none.");
        return Ok(());
    }
    Err(format!("Import cycles; move the shared item to a file of its own:\n  {}", cycles.join("\n  ")))
}

impl Modules {
    /// Reads the module at `path` and its children from the folder `folder`.
    fn read(&mut self, folder: &Path, path: &[String]) -> Result {
        let candidates = ["lib.rs", "main.rs", "mod.rs"].map(|name| folder.join(name));
        let own = candidates.into_iter().find(|file| file.exists());
        let file = own.unwrap_or_else(|| folder.with_extension("rs"));
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let name = file.strip_prefix(workspace_root()).unwrap_or(&file).display().to_string();
        let children = self.add(path.to_vec(), &name, &text)?;
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
        let files = parsed.items.iter().filter_map(|item| match item {
            Item::Mod(module) if module.content.is_none() && !is_test(&module.attrs) => Some(module),
            _ => None,
        });
        let children: Vec<String> = files.map(|module| module.ident.to_string()).collect();
        let mut reader = Reader { module: path.clone(), ..Reader::default() };
        for child in &children {
            let target = path.iter().chain([child]).cloned().collect();
            reader.aliases.insert(child.clone(), target);
        }
        let uses: Vec<_> = parsed
            .items
            .iter()
            .filter_map(|item| if let Item::Use(item) = item { Some(item) } else { None })
            .collect();
        // Twice, because a path may begin with a name that a later `use` imports.
        for item in uses.iter().chain(&uses).filter(|item| !is_test(&item.attrs)) {
            let is_public = !matches!(item.vis, syn::Visibility::Inherited);
            reader.read_use(&item.tree, Vec::new(), is_public);
        }
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

    /// Returns the imports between the crate's files.
    fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for module in self.0.values() {
            let targets = module.paths.iter().filter_map(|path| self.defining_file(path, 0));
            let targets = targets.filter(|target| *target != module.file).map(str::to_owned);
            edges.0.entry(module.file.clone()).or_default().extend(targets);
        }
        edges
    }
}

/// Imports: each file with the files that define what it imports.
struct Edges(BTreeMap<String, BTreeSet<String>>);

impl Edges {
    fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn remove(&mut self, from: &str, to: &str) {
        if let Some(targets) = self.0.get_mut(from) {
            targets.remove(to);
        }
    }

    fn has_cycle_with(&self, from: &str, to: &str) -> bool {
        self.0.get(from).is_some_and(|targets| targets.contains(to)) && self.shortest_path(to, from).is_some()
    }

    /// Returns, for every import that is part of a cycle, the shortest cycle with it. Each cycle is reported
    /// once, beginning with its first file in alphabetical order.
    fn cycles(&self) -> Vec<String> {
        let mut cycles = BTreeSet::new();
        for (from, targets) in &self.0 {
            for mut cycle in targets.iter().filter_map(|to| self.shortest_path(to, from)) {
                let first =
                    cycle.iter().enumerate().min_by_key(|(_, file)| **file).map_or(0, |(index, _)| index);
                cycle.rotate_left(first);
                cycles.insert(format!("{} -> {}", cycle.join(" -> "), cycle[0]));
            }
        }
        cycles.into_iter().collect()
    }

    /// Returns the files from `from` to `to`, found by breadth-first search.
    fn shortest_path<'a>(&'a self, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
        let mut previous: BTreeMap<&str, Option<&str>> = BTreeMap::from([(from, None)]);
        let mut queue = VecDeque::from([from]);
        while let Some(file) = queue.pop_front() {
            if file == to {
                let mut path: Vec<&str> =
                    std::iter::successors(Some(file), |file| previous.get(file).copied().flatten()).collect();
                path.reverse();
                return Some(path);
            }
            for next in self.0.get(file).into_iter().flatten() {
                if !previous.contains_key(next.as_str()) {
                    previous.insert(next, Some(file));
                    queue.push_back(next);
                }
            }
        }
        None
    }
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
        let Some(absolute) = self.absolute(&path) else { return };
        if is_public {
            self.re_exports.insert(alias.clone(), absolute.clone());
        }
        self.paths.insert(absolute.clone());
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
            Item::Fn(function) if is_test(&function.attrs) => {}
            Item::Impl(block) if is_test(&block.attrs) => {}
            _ => syn::visit::visit_item(self, item),
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        for statement in &block.stmts {
            if let syn::Stmt::Item(Item::Use(item)) = statement {
                self.read_use(&item.tree, Vec::new(), false);
            }
        }
        syn::visit::visit_block(self, block);
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

    fn edges(files: &[(&str, &str)]) -> Edges {
        let mut modules = Modules::default();
        for (path, text) in files {
            let module = path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect();
            modules.add(module, path, text).expect("valid Rust");
        }
        modules.edges()
    }

    fn cycles(files: &[(&str, &str)]) -> Vec<String> {
        edges(files).cycles()
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
    fn import_of_a_child_and_import_in_a_function_are_edges() {
        let found = cycles(&[
            ("lib", "mod m; mod n;"),
            ("m", "use a::A; mod a; pub struct M(A);"),
            ("m/a", "pub struct A; fn f(_: super::M) {}"),
            ("n", "mod a; pub use a::A; pub struct N;"),
            ("n/a", "pub struct A; fn f() { use super::N; }"),
        ]);
        assert_eq!(found, ["m -> m/a -> m", "n -> n/a -> n"]);
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

    #[test]
    fn an_allowed_import_hides_no_other_cycle_of_its_files() {
        let mut edges = edges(&[
            ("lib", "mod a; mod b; mod c;"),
            ("a", "use crate::b::B; pub struct A(B);"),
            ("b", "use crate::a::A; use crate::c::C; pub struct B(A, C);"),
            ("c", "use crate::a::A; pub struct C(A);"),
        ]);
        assert_eq!(edges.cycles(), ["a -> b -> a", "a -> b -> c -> a"]);
        assert!(edges.has_cycle_with("b", "a"));
        edges.remove("b", "a");
        assert!(!edges.has_cycle_with("b", "a"));
        assert_eq!(edges.cycles(), ["a -> b -> c -> a"]);
    }
}
