//! The forms of a secret that are searched for in decoded text.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Bound;

use secrecy::{ExposeSecret as _, SecretSlice};

use super::{MOST_LAYERS, SHORTEST};
use crate::decode::View;

/// A set of forms. The one that a text begins with is found quickly, however many there are.
pub(super) struct Forms {
    all: BTreeSet<Form>,
    /// Whether any form begins with these two bytes. At most positions of a text none does, which ends the search
    /// there.
    beginnings: Vec<bool>,
    /// The length of the shortest form, in bytes.
    pub(super) shortest: usize,
}

impl Default for Forms {
    fn default() -> Self {
        Self { all: BTreeSet::new(), beginnings: vec![false; 1 << 16], shortest: usize::MAX }
    }
}

impl Forms {
    pub(super) fn insert(&mut self, form: Form) {
        if let Some(beginning) = beginning(form.bytes()) {
            self.beginnings[beginning] = true;
        }
        self.shortest = self.shortest.min(form.bytes().len());
        self.all.insert(form);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Returns the length of the longest form that a text begins with.
    pub(super) fn longest_beginning(&self, text: &[u8]) -> Option<usize> {
        if !self.beginnings[beginning(text)?] {
            return None;
        }
        // A prefix sorts at or before the text, and every form between them shares it: so it is the next one below, or
        // lies within what both have in common.
        let mut within = text;
        loop {
            let range = (Bound::Unbounded, Bound::Included(within));
            let form = self.all.range::<[u8], _>(range).next_back()?.bytes();
            let common = form.iter().zip(within).take_while(|(one, other)| one == other).count();
            if common == form.len() {
                return Some(common);
            }
            within = &within[..common];
        }
    }
}

/// Returns a text's first two bytes as a number.
fn beginning(text: &[u8]) -> Option<usize> {
    text.first_chunk().map(|bytes| usize::from(u16::from_le_bytes(*bytes)))
}

/// Returns the forms a secret can take in decoded text: the secret itself; the secret decoded too, because its own
/// characters may look like escapes; and its bytes in Latin-1.
pub(super) fn forms(secret: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    if secret.chars().count() < SHORTEST {
        return forms;
    }
    let mut view = Some(View::of(secret));
    for _ in 0..=MOST_LAYERS {
        let Some(decoded) = view else { break };
        forms.push(Form::new(decoded.bytes()));
        forms.extend(decoded.with_blanks().map(|view| Form::new(view.bytes())));
        view = decoded.unescaped();
    }
    if !secret.is_ascii() {
        let latin: Option<Vec<u8>> = secret.chars().map(|c| u8::try_from(c).ok()).collect();
        forms.extend(latin.map(|latin| Form::new(&latin)));
    }
    forms.retain(|form| form.bytes().len() >= SHORTEST);
    forms
}

/// Returns a form without the characters that may separate the parts of a word.
pub(super) fn joined(form: &Form) -> Form {
    let text = String::from_utf8_lossy(form.bytes());
    let view = View::of(&text).joined();
    view.map_or_else(|| Form::new(form.bytes()), |view| Form::new(view.bytes()))
}

/// Bytes that must not be printed, ordered bytewise.
pub(super) struct Form(SecretSlice<u8>);

impl Form {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec().into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl Borrow<[u8]> for Form {
    fn borrow(&self) -> &[u8] {
        self.bytes()
    }
}

impl Ord for Form {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl PartialOrd for Form {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Form {}
