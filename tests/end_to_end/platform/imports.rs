//! The imports between the files of a crate, read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::sources::rust_files;

/// A module's path below its crate, such as `domain::user`; the crate's root has none.
type Module = Vec<String>;

/// The imports between the files of a crate, without those of its unit tests.
pub struct Imports {
    edges: BTreeMap<Module, BTreeSet<Module>>,
}

impl Imports {
    /// Reads all files below a crate's `src`.
    pub fn read(src: &Path) -> Self {
        let files = rust_files(src);
        Self::of(files.iter().map(|(path, text)| (path.strip_prefix(src).unwrap().to_str().unwrap(), text.as_str())))
    }

    /// The imports of files, given as path below `src` and text.
    pub fn of<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let files: BTreeMap<Module, Source> =
            files.into_iter().map(|(path, text)| (module_of(path), Source::read(text))).collect();
        let mut edges = BTreeMap::<Module, BTreeSet<Module>>::new();
        for (module, source) in &files {
            let imported = source.paths.iter().filter_map(|path| target(module, path, &files));
            let imported = imported.filter(|other| other != module).collect();
            edges.insert(module.clone(), imported);
        }
        Self { edges }
    }

    /// Every import, as the importing and the imported module.
    pub fn all(&self) -> impl Iterator<Item = (String, String)> {
        let pairs = self.edges.iter().flat_map(|(from, all)| all.iter().map(move |to| (from, to)));
        pairs.map(|(from, to)| (from.join("::"), to.join("::")))
    }

    /// A cycle of imports, if there is one: its modules, with the first one again at the end.
    pub fn cycle(&self) -> Option<Vec<String>> {
        let mut done = BTreeSet::new();
        self.edges.keys().find_map(|start| self.cycle_from(start, &mut Vec::new(), &mut done))
    }

    fn cycle_from<'m>(
        &'m self,
        module: &'m Module,
        way: &mut Vec<&'m Module>,
        done: &mut BTreeSet<&'m Module>,
    ) -> Option<Vec<String>> {
        if let Some(begin) = way.iter().position(|earlier| *earlier == module) {
            return Some(way[begin..].iter().chain([&module]).map(|module| module.join("::")).collect());
        }
        if !done.contains(module) {
            way.push(module);
            let cycle = self.edges[module].iter().find_map(|next| self.cycle_from(next, way, done));
            if cycle.is_some() {
                return cycle;
            }
            way.pop();
            done.insert(module);
        }
        None
    }
}

fn module_of(path: &str) -> Module {
    let mut module: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// The module that a path resolves to. A name of a `pub use` resolves to the module of its definition, because a re-export
/// depends on nothing.
fn target(from: &Module, path: &[String], files: &BTreeMap<Module, Source>) -> Option<Module> {
    let path = absolute(from, path)?;
    let length = (0..=path.len()).rev().find(|length| files.contains_key(&path[..*length]))?;
    let (mut module, rest) = (path[..length].to_vec(), &path[length..]);
    while let Some(re_exported) = rest.first().and_then(|name| files[&module].re_exported.get(name)) {
        let origin = absolute(&module, re_exported)?;
        let length = (0..=origin.len()).rev().find(|length| files.contains_key(&origin[..*length]))?;
        if origin[..length] == module[..] {
            break;
        }
        module = origin[..length].to_vec();
    }
    Some(module)
}

/// The same path from the crate's root; `None` for paths into other crates.
fn absolute(from: &Module, path: &[String]) -> Option<Module> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some(from.iter().chain(rest).cloned().collect()),
        "super" => {
            let mut base = from.clone();
            base.pop();
            let rest = rest.iter().skip_while(|part| *part == "super" && base.pop().is_some()).cloned();
            let rest: Vec<String> = rest.collect();
            Some(base.into_iter().chain(rest).collect())
        }
        _ => None,
    }
}

/// The paths and re-exports of a file.
#[derive(Default)]
struct Source {
    /// The paths that it uses, each beginning with `crate`, `self` or `super`.
    paths: Vec<Vec<String>>,
    /// The names that it re-exports by `pub use`, and their paths.
    re_exported: BTreeMap<String, Vec<String>>,
}

impl Source {
    fn read(text: &str) -> Self {
        let words = words(text);
        let children: BTreeSet<&str> = words
            .windows(3)
            .filter(|three| three[0] == "mod" && three[2] == ";")
            .map(|three| three[1].as_str())
            .collect();
        let own = |path: Vec<String>| match path.first() {
            Some(first) if children.contains(first.as_str()) => {
                std::iter::once("self".to_owned()).chain(path).collect()
            }
            _ => path,
        };
        let mut source = Self::default();
        let mut at = 0;
        while at < words.len() {
            // Unit tests may import what they like.
            if words[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]", "mod"].map(str::to_owned)) {
                at += block(&words[at..]);
                continue;
            }
            let before = at.checked_sub(1).map(|before| words[before].as_str());
            if words[at] == "use" && before != Some("::") {
                let end = at + words[at..].iter().position(|word| word == ";").unwrap_or(words.len() - at);
                let is_re_exported = matches!(before, Some("pub" | ")"));
                for path in leaves(&words[at + 1..end]).into_iter().map(own) {
                    match path.last() {
                        Some(name) if is_re_exported => _ = source.re_exported.insert(name.clone(), path),
                        _ => source.paths.push(path),
                    }
                }
                at = end;
            } else if is_name(&words[at]) && before != Some("::") && before != Some("mod") {
                let mut path = vec![words[at].clone()];
                while words.get(at + 1).is_some_and(|word| word == "::")
                    && words.get(at + 2).is_some_and(|word| is_name(word))
                {
                    path.push(words[at + 2].clone());
                    at += 2;
                }
                if path.len() > 1 {
                    source.paths.push(own(path));
                }
            }
            at += 1;
        }
        source
    }
}

/// The paths of a `use`, one for each of its leaves; `self` in braces is the path before them, and a new name does not count.
fn leaves(words: &[String]) -> Vec<Vec<String>> {
    let open = words.iter().position(|word| word == "{");
    let Some(open) = open else {
        let path = words.iter().take_while(|word| *word != "as").filter(|word| *word != "::");
        return vec![path.cloned().collect()];
    };
    let prefix: Vec<String> = words[..open].iter().filter(|word| *word != "::").cloned().collect();
    let inner = &words[open + 1..words.len() - 1];
    let (mut depth, mut begin, mut parts) = (0, 0, Vec::new());
    for (at, word) in inner.iter().enumerate() {
        match word.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => {
                parts.push(&inner[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[begin..]);
    let leaves = parts.into_iter().filter(|part| !part.is_empty()).flat_map(leaves);
    leaves.map(|leaf| prefix.iter().cloned().chain(leaf.into_iter().filter(|part| part != "self")).collect()).collect()
}

/// How many words there are up to the end of the first block in braces.
fn block(words: &[String]) -> usize {
    let mut depth = 0;
    let end = words.iter().position(|word| {
        depth += i32::from(word == "{") - i32::from(word == "}");
        word == "}" && depth == 0
    });
    end.map_or(words.len(), |end| end + 1)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single marks; comments, strings, characters, numbers and lifetimes are left out.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => string(rest),
            'r' | 'b' if raw_string(rest).is_some() => raw_string(rest).unwrap_or_default(),
            '\'' => character(rest),
            ':' if rest.starts_with("::") => {
                words.push("::".to_owned());
                2
            }
            _ if is_name(rest) => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                words.push(rest[..end].to_owned());
                end
            }
            _ if first.is_ascii_digit() => rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()),
            _ => {
                if !first.is_whitespace() {
                    words.push(first.to_string());
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    words
}

/// The length of the string literal at the start of the source.
fn string(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let is_end = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// The length of the raw string literal at the start of the source, if there is one.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.trim_start_matches('b').strip_prefix('r')?;
    let count = hashes.len() - hashes.trim_start_matches('#').len();
    let inner = hashes[count..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(count));
    let begin = text.len() - inner.len();
    Some(inner.find(&end).map_or(text.len(), |at| begin + at + end.len()))
}

/// The length of the character literal or lifetime at the start of the source.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            text[escaped + 1..].find('\'').map_or(text.len(), |end| escaped + 1 + end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}
