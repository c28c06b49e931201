//! References to repositories of the organization.

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnostics::Location;

/// Repository ids by [`Repository::identity`].
pub type RepositoryIds = BTreeMap<String, u64>;

/// A repository of the organization, given by id or by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repository {
    /// GitHub's numeric id, which is not looked up.
    Id(u64),
    /// A name to look up.
    Named {
        /// The owner, as in `acme/api`; it must be the organization.
        owner: Option<String>,
        /// The name without the owner, as in `api`.
        name: String,
        /// Its position in the manifest.
        location: Option<Location>,
    },
}

impl Repository {
    /// Parses `api`, `acme/api` or `123456`.
    ///
    /// # Errors
    /// If it is none of these; the message continues after the field's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let (owner, name) = match text.split_once('/') {
            Some((owner, name)) => (Some(owner), name),
            None => (None, text),
        };
        if ![owner.unwrap_or("-"), name].into_iter().all(is_path_word) {
            return Err(format!(
                "names `{}`, which is not a repository: write `api`, `acme/api` or a numeric id",
                text.escape_debug()
            ));
        }
        Ok(Self::Named { owner: owner.map(str::to_owned), name: name.to_owned(), location: None })
    }

    /// Returns the repository with its position in the manifest.
    #[must_use]
    pub fn at(self, location: Location) -> Self {
        match self {
            Self::Named { owner, name, location: _ } => Self::Named { owner, name, location: Some(location) },
            Self::Id(_) => self,
        }
    }

    /// Reports whether its owner is given and is not this organization.
    pub fn is_of_another(&self, org: &str) -> bool {
        matches!(self, Self::Named { owner: Some(owner), .. } if !owner.eq_ignore_ascii_case(org))
    }

    /// Reports whether both may mean the same repository: one without an owner may be in any organization.
    pub fn may_be(&self, other: &Self) -> bool {
        let owner = |repository: &Self| match repository {
            Self::Named { owner, .. } => owner.clone(),
            Self::Id(_) => None,
        };
        let owners = owner(self).zip(owner(other));
        self.identity() == other.identity() && owners.is_none_or(|(one, other)| one.eq_ignore_ascii_case(&other))
    }

    /// Returns its id, if it is known.
    pub fn id(&self, ids: &RepositoryIds) -> Option<u64> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Named { .. } => ids.get(&self.identity()).copied(),
        }
    }

    /// Returns a text that is the same for equal repositories, whatever their case.
    pub fn identity(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Named { name, .. } => format!("/{}", name.to_lowercase()),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Named { owner: Some(owner), name, .. } => write!(f, "{owner}/{name}"),
            Self::Named { owner: None, name, .. } => f.write_str(name),
        }
    }
}

/// Reports whether a text can be the name of an organization or a repository on GitHub.
pub fn is_path_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text != "."
        && text != ".."
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}
