//! Checks that every link in the documents leads to an existing file, and to a heading in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use crate::world::page::Page;
use crate::world::repository;

/// Returns the text of a page without its examples, in which brackets have no meaning.
fn prose(page: &Page) -> String {
    let mut is_prose = true;
    let mut prose = String::new();
    for line in page.text.lines() {
        if line.trim_start().starts_with("```") {
            is_prose = !is_prose;
        } else if is_prose {
            prose += line;
            prose.push('\n');
        }
    }
    prose
}

/// Returns the anchors that GitHub gives a page's headings: in lower case, without punctuation, with hyphens for
/// blanks, and with a number if they exist already.
fn anchors(page: &Page) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = prose(page);
    let headings = headings.lines().filter_map(|line| line.strip_prefix('#').map(|rest| rest.trim_start_matches('#')));
    let slug = |heading: &str| -> String {
        let kept = heading.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings
        .map(|heading| {
            let slug = slug(heading);
            let count = seen.entry(slug.clone()).or_default();
            *count += 1;
            if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
        })
        .collect()
}

fn targets(prose: &str) -> Vec<String> {
    let after = |begin: &str, end: char| -> Vec<String> {
        prose
            .split(begin)
            .skip(1)
            .filter_map(|rest| rest.split_once(end))
            .map(|(target, _)| target.to_owned())
            .collect()
    };
    let mut targets: Vec<String> = after("](", ')');
    targets.extend(after("src=\"", '"').into_iter().chain(after("srcset=\"", '"')));
    targets
}

/// Removes `.` and `..` from a path.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, component| {
        match component {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
        plain
    })
}

#[test]
fn every_link_and_anchor_leads_somewhere() {
    let mut links = 0;
    for page in Page::all() {
        for target in targets(&prose(&page)) {
            links += 1;
            let (path, anchor) = target.split_once('#').map_or((target.as_str(), None), |(path, at)| (path, Some(at)));
            if path.contains("://") {
                assert!(path.starts_with("https://"), "{}: {target}", page.path.display());
                continue;
            }
            let path = match path {
                "" => page.path.clone(),
                path => plain(&page.path.parent().unwrap_or(Path::new("")).join(path)),
            };
            assert!(repository(&path).exists(), "{}: {target} is not there", page.path.display());
            if let Some(anchor) = anchor {
                let to = Page::read(&path.to_string_lossy());
                assert!(anchors(&to).contains(anchor), "{}: {target}: no such heading", page.path.display());
            }
        }
    }
    assert!(links > 50, "only {links} links were found");
}

#[test]
fn every_document_can_be_reached_from_the_readme() {
    let mut reached = BTreeSet::from([PathBuf::from("README.md")]);
    let mut left = vec![PathBuf::from("README.md")];
    while let Some(path) = left.pop() {
        let page = Page::read(&path.to_string_lossy());
        for target in targets(&prose(&page)) {
            let target = target.split('#').next().unwrap_or_default();
            let target = plain(&path.parent().unwrap_or(Path::new("")).join(target));
            let is_page = target.extension().is_some_and(|extension| extension == "md") && repository(&target).exists();
            if is_page && reached.insert(target.clone()) {
                left.push(target);
            }
        }
    }
    for page in Page::for_users() {
        assert!(reached.contains(&page.path), "{} is reached by no link", page.path.display());
    }
    assert!(Page::read("README.md").text.lines().count() <= 200, "the README is one screen and a quick start");
}
