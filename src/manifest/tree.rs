//! Parses YAML into a tree in which every value and key has its position. Depth, size and aliases are bounded.
//!
//! granit-parser is used directly, not through a deserializer: a scalar is kept as written (an AWS account id may
//! begin with a zero), and a mistake in one place does not hide mistakes in others.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle};

use super::{Problem, syntax};

/// The deepest nesting; a manifest needs four levels.
const DEEPEST: usize = 32;
/// The most values, counting those that aliases repeat.
const MOST_NODES: usize = 200_000;

/// A value with its position.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Tree,
    pub(super) span: Span,
}

/// A position in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    /// The line, counted from 1.
    pub(super) line: usize,
    /// The column in characters, counted from 1.
    pub(super) column: usize,
    /// The range in bytes.
    pub(super) range: Range<usize>,
}

/// The content of a value.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// A text without its quotes; `is_plain` if it had none.
    Scalar {
        text: String,
        is_plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its position.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Span,
}

impl Node {
    /// Returns the text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Tree::Scalar { text, .. } => Some(text),
            Tree::List(_) | Tree::Map(_) => None,
        }
    }

    /// Returns the value of a key of a mapping.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Tree::Map(entries) = &self.value else { return None };
        entries.iter().find(|(key, _)| key.text == name).map(|(_, value)| value)
    }

    /// Reports whether the value is null: `null`, `~`, or left out.
    pub(super) fn is_null(&self) -> bool {
        let nothing = ["", "~", "null", "Null", "NULL"];
        matches!(&self.value, Tree::Scalar { text, is_plain: true } if nothing.contains(&text.as_str()))
    }

    /// Names the kind of value, for a message.
    pub(super) const fn kind(&self) -> &'static str {
        match self.value {
            Tree::Scalar { .. } => "a single value",
            Tree::List(_) => "a list",
            Tree::Map(_) => "a mapping",
        }
    }

    fn count(&self) -> usize {
        1 + match &self.value {
            Tree::Scalar { .. } => 0,
            Tree::List(items) => items.iter().map(Self::count).sum(),
            Tree::Map(entries) => entries.iter().map(|(_, value)| 1 + value.count()).sum(),
        }
    }

    /// Returns how deeply collections are nested in it.
    fn depth(&self) -> usize {
        match &self.value {
            Tree::Scalar { .. } => 0,
            Tree::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or_default(),
            Tree::Map(entries) => 1 + entries.iter().map(|(_, value)| value.depth()).max().unwrap_or_default(),
        }
    }
}

/// A collection that is not closed yet.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<Key>,
}

/// Builds the tree from the parser's events, without recursion.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

/// Parses one document; `None` if the text contains no value.
pub(super) fn parse(text: &str) -> Result<Option<Node>, Problem> {
    build(text).map_err(|problem| syntax::doubled_brace(text, &problem.span).unwrap_or(problem))
}

fn build(text: &str) -> Result<Option<Node>, Problem> {
    let mut builder = Builder::default();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker();
            let offset = at.byte_offset().unwrap_or(text.len());
            let span = Span { line: at.line(), column: at.col() + 1, range: offset..offset };
            syntax::not_yaml(text, &span, &error.info())
        })?;
        let span = place(&span);
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err(Problem::new(&span, "a second document begins here, but a manifest is only one"));
                }
            }
            Event::Scalar(value, style, anchor, _) => {
                let is_plain = style == ScalarStyle::Plain;
                let node = Node { value: Tree::Scalar { text: value.into_owned(), is_plain }, span };
                builder.add(node, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => builder.begin(Tree::List(Vec::new()), span, anchor)?,
            Event::MappingStart(_, anchor, _) => builder.begin(Tree::Map(Vec::new()), span, anchor)?,
            Event::SequenceEnd | Event::MappingEnd => builder.end()?,
            Event::Alias(anchor) => {
                let Some(node) = builder.anchors.get(&anchor).cloned() else {
                    return Err(Problem::new(&span, "this alias is inside the value that it repeats"));
                };
                builder.grow(node.count(), &span)?;
                builder.deepen(node.depth(), &span)?;
                builder.add(Node { span, ..node }, 0)?;
            }
            _ => {}
        }
    }
    Ok(builder.root)
}

impl Builder {
    fn grow(&mut self, by: usize, span: &Span) -> Result<(), Problem> {
        self.nodes += by;
        if self.nodes > MOST_NODES {
            return Err(Problem::new(span, format!("the manifest has more than {MOST_NODES} values")));
        }
        Ok(())
    }

    /// Checks the depth. Aliases nest too, so they are checked where they are repeated: the finished tree is walked by
    /// recursion.
    fn deepen(&self, by: usize, span: &Span) -> Result<(), Problem> {
        if self.open.len() + by > DEEPEST {
            return Err(Problem::new(span, format!("the manifest is nested more than {DEEPEST} levels deep")));
        }
        Ok(())
    }

    fn begin(&mut self, value: Tree, span: Span, anchor: usize) -> Result<(), Problem> {
        self.deepen(1, &span)?;
        self.open.push(Open { node: Node { value, span }, anchor, key: None });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        match self.open.pop() {
            Some(Open { node, anchor, .. }) => self.add(node, anchor),
            None => Ok(()),
        }
    }

    /// Adds a finished value to the collection that is open, or makes it the root.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        self.grow(1, &node.span)?;
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut parent.node.value, parent.key.take()) {
            (Tree::List(items), _) => items.push(node),
            (Tree::Map(entries), Some(key)) => entries.push((key, node)),
            (Tree::Map(_), None) => {
                let Tree::Scalar { text, .. } = node.value else {
                    return Err(Problem::new(&node.span, format!("{} can't be a key", node.kind())));
                };
                parent.key = Some(Key { text, span: node.span });
            }
            (Tree::Scalar { .. }, _) => {}
        }
        Ok(())
    }
}

fn place(span: &granit_parser::Span) -> Span {
    let start = span.start;
    Span { line: start.line(), column: start.col() + 1, range: span.byte_range().unwrap_or(0..0) }
}
