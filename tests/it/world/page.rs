//! A parsed Markdown document.

use std::fs;
use std::path::{Path, PathBuf};

use super::repository;

/// A Markdown file.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The path from the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn read(path: &str) -> Self {
        let text = fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path: path.into(), text }
    }

    /// Returns README.md, the other pages at the root, those of `docs/`, and that of the benchmarks.
    pub(crate) fn all() -> Vec<Self> {
        let mut paths: Vec<PathBuf> = [".", "docs", "benches"]
            .iter()
            .flat_map(|folder| fs::read_dir(repository(folder)).expect("a folder").flatten())
            .map(|entry| entry.path().strip_prefix(repository("")).expect("it is below").to_owned())
            .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
            .collect();
        paths.sort();
        paths.iter().map(|path| Self::read(&path.to_string_lossy())).collect()
    }

    /// Returns the pages for users: README.md and `docs/`.
    pub(crate) fn for_users() -> Vec<Self> {
        Self::all()
            .into_iter()
            .filter(|page| page.path.starts_with("docs") || page.path == Path::new("README.md"))
            .collect()
    }

    /// Returns the code blocks, in order.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut blocks = Vec::new();
        let mut index = 0;
        while index < lines.len() {
            let Some(language) = lines[index].trim_start().strip_prefix("```") else {
                index += 1;
                continue;
            };
            let margin = lines[index].len() - lines[index].trim_start().len();
            let length = lines[index + 1..].iter().take_while(|line| line.trim() != "```").count();
            let text: Vec<&str> =
                lines[index + 1..][..length].iter().map(|line| line.get(margin..).unwrap_or_default()).collect();
            // Comments right before a block describe it; a blank line may be in between.
            let mut before = index;
            while before > 0 && (lines[before - 1].trim().is_empty() || directive(lines[before - 1]).is_some()) {
                before -= 1;
            }
            blocks.push(Block {
                page: self.path.clone(),
                line: index + 2,
                margin,
                language: language.trim().to_owned(),
                heading: lines[..index]
                    .iter()
                    .rev()
                    .find_map(|line| line.strip_prefix('#'))
                    .map(|heading| heading.trim_start_matches('#').trim().to_owned())
                    .unwrap_or_default(),
                directives: lines[before..index].iter().filter_map(|line| directive(line)).collect(),
                text: text.join("\n") + "\n",
            });
            index += length + 2;
        }
        blocks
    }

    /// Returns the page with the lines of a block replaced.
    pub(crate) fn with_block(&self, block: &Block, text: &str) -> Self {
        let lines: Vec<&str> = self.text.lines().collect();
        let from = block.line - 1;
        let to = from + block.text.lines().count();
        let margin = " ".repeat(block.margin);
        let new = text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{margin}{line}") });
        let all = lines[..from].iter().map(ToString::to_string).chain(new);
        let all: Vec<String> = all.chain(lines[to..].iter().map(ToString::to_string)).collect();
        Self { path: self.path.clone(), text: all.join("\n") + "\n" }
    }
}

/// Parses `<!-- word: rest -->`.
fn directive(line: &str) -> Option<(String, String)> {
    let inside = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    let (word, rest) = inside.split_once(':')?;
    Some((word.trim().to_owned(), rest.trim().to_owned()))
}

/// A fenced code block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) page: PathBuf,
    /// The number of its first line, counted from 1.
    pub(crate) line: usize,
    margin: usize,
    pub(crate) language: String,
    /// The heading above it.
    pub(crate) heading: String,
    /// The directives in the comments before it: `file`, `live`, `exit`, `env`.
    pub(crate) directives: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Block {
    /// Returns its place, for a failure message.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.page.display(), self.line)
    }

    pub(crate) fn directive(&self, word: &str) -> Option<&str> {
        self.directives.iter().find(|(name, _)| name == word).map(|(_, rest)| rest.as_str())
    }
}

#[test]
fn a_block_is_found_with_its_directives() {
    let text = "# A\n\n<!-- exit: 3 -->\n\n```console\n$ x\ny\n```\n\n## B c\n\n1. z\n\n   ```yaml\n   a: 1\n\n   b: 2\n   ```\n";
    let page = Page { path: "x.md".into(), text: text.to_owned() };
    let blocks = page.blocks();
    assert_eq!((blocks.len(), blocks[0].text.as_str(), blocks[0].directive("exit")), (2, "$ x\ny\n", Some("3")));
    assert_eq!((blocks[1].heading.as_str(), blocks[1].text.as_str()), ("B c", "a: 1\n\nb: 2\n"));
    assert_eq!(page.with_block(&blocks[1], &blocks[1].text).text, page.text);
    assert!(page.with_block(&blocks[0], "$ x\nz\nzz\n").text.contains("$ x\nz\nzz\n```\n"));
}
