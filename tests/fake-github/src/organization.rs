//! What GitHub stores for one organization, and what can be changed in its settings.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::clock::stamp;
use crate::configuration::Configuration;
use crate::options::{Naming, Options, Stamps};
use crate::sodium::KeyPair;

/// The login of the organization that always exists.
pub const ORG: &str = "acme";

/// The configurations, repositories and key of an organization.
#[derive(Debug)]
pub struct Organization {
    login: String,
    /// The position among the organizations, counted from 1.
    number: u32,
    configurations: Vec<Configuration>,
    repositories: Vec<Repository>,
    /// The former names of repositories, with their ids.
    former_names: Vec<(String, u64)>,
    naming: Naming,
    stamps: Stamps,
    generation: u8,
    key: KeyPair,
}

/// A repository of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The login of its owner.
    pub owner: String,
    /// The name, without the owner.
    pub name: String,
    /// The id that `selected_repository_ids` uses for it.
    pub id: u64,
    /// `public`, `private` or `internal`.
    pub visibility: String,
}

impl Repository {
    /// Returns the repository as `GET /repos/{owner}/{repo}` shows it.
    pub(crate) fn as_read(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "full_name": format!("{}/{}", self.owner, self.name),
            "private": self.visibility != "public",
            "visibility": self.visibility,
            "owner": {"login": self.owner},
        })
    }
}

impl Organization {
    pub(crate) fn new(login: &str, number: u32, options: &Options) -> Self {
        let repositories =
            [("api", 1, "private"), ("web", 2, "private"), ("docs", 3, "public"), ("tools", 4, "internal")];
        let mut organization = Self {
            login: login.to_owned(),
            number,
            configurations: Vec::new(),
            repositories: Vec::new(),
            former_names: Vec::new(),
            naming: options.naming,
            stamps: options.stamps,
            generation: 1,
            key: KeyPair::of_generation(number, 1),
        };
        for (name, id, visibility) in repositories {
            organization.add_repository(name, u64::from(number) * 1000 + id, visibility);
        }
        organization
    }

    /// Returns the login, as GitHub spells it.
    pub fn login(&self) -> &str {
        &self.login
    }

    /// Returns the position among the organizations, counted from 1.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Returns whether a login in a path means this organization; case does not matter.
    pub(crate) fn is(&self, login: &str) -> bool {
        self.login.eq_ignore_ascii_case(login)
    }

    /// Adds a configuration and returns its name.
    ///
    /// The fields are those of GitHub's GET, with its defaults for missing ones; without a `name`, one is picked.
    /// `secret` (the plaintext), `selected_repository_ids`, and fields and values that GitHub does not have yet are
    /// allowed too.
    ///
    /// # Panics
    ///
    /// When the fields do not make a configuration, or the name is taken.
    pub fn add(&mut self, fields: Value) -> String {
        let Value::Object(fields) = fields else {
            panic!("a configuration is an object, not {fields}");
        };
        let name = match fields.get("name").and_then(Value::as_str) {
            Some(name) => name.to_owned(),
            None => self.pick_name(fields.get("registry_type").and_then(Value::as_str).unwrap_or_default()),
        };
        assert!(self.configuration(&name).is_none(), "{name} is there already");
        match Configuration::new(&name, &fields, &stamp(self.stamps)) {
            Ok(added) => self.configurations.push(added),
            Err(error) => panic!("{fields:?} makes no configuration: {error}"),
        }
        name
    }

    /// Adds a repository.
    pub fn add_repository(&mut self, name: &str, id: u64, visibility: &str) {
        self.repositories.push(Repository {
            owner: self.login.clone(),
            name: name.to_owned(),
            id,
            visibility: visibility.to_owned(),
        });
    }

    /// Renames a repository, or moves it to another owner. Its former name redirects to it, as on GitHub.
    ///
    /// # Panics
    ///
    /// When no repository has this name.
    pub fn move_repository(&mut self, name: &str, owner: &str, new_name: &str) {
        let Some(repository) = self.repositories.iter_mut().find(|repository| repository.name == name) else {
            panic!("there is no repository {name} to move");
        };
        self.former_names.push((name.to_owned(), repository.id));
        owner.clone_into(&mut repository.owner);
        new_name.clone_into(&mut repository.name);
    }

    /// Deletes a configuration.
    ///
    /// # Panics
    ///
    /// When no configuration has this name.
    pub fn remove(&mut self, name: &str) {
        assert!(self.delete(name), "there is no {name} to remove");
    }

    /// Changes one field of a configuration; `Value::Null` removes it.
    ///
    /// # Panics
    ///
    /// When no configuration has this name, or the field can't have this value.
    pub fn change(&mut self, name: &str, field: &str, value: impl Into<Value>) {
        let changes = Map::from_iter([(field.to_owned(), value.into())]);
        match self.update(name, &changes) {
            Some(Ok(())) => {}
            Some(Err(error)) => panic!("{name} can't have {changes:?}: {error}"),
            None => panic!("there is no {name} to change"),
        }
    }

    /// Returns the configurations in the order of creation.
    pub fn configurations(&self) -> &[Configuration] {
        &self.configurations
    }

    /// Returns one configuration by its exact name.
    pub fn configuration(&self, name: &str) -> Option<&Configuration> {
        self.configurations.iter().find(|configuration| configuration.name == name)
    }

    /// Returns a repository by its name; case does not matter, as on GitHub.
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        let of_org = |repository: &&Repository| repository.owner == self.login;
        self.repositories.iter().filter(of_org).find(|repository| repository.name.eq_ignore_ascii_case(name))
    }

    /// Returns a repository by its id, whoever owns it.
    pub(crate) fn repository_by_id(&self, id: u64) -> Option<&Repository> {
        self.repositories.iter().find(|repository| repository.id == id)
    }

    /// Returns the id of the repository that formerly had this name.
    pub(crate) fn former_repository(&self, name: &str) -> Option<u64> {
        self.former_names.iter().find(|(former, _)| former.eq_ignore_ascii_case(name)).map(|(_, id)| *id)
    }

    /// Returns the id of the current public key, and the key in base64.
    pub fn public_key(&self) -> (String, String) {
        (self.key.id().to_owned(), self.key.public())
    }

    /// Makes a new key pair under a new id.
    pub fn rotate_key(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.key = KeyPair::of_generation(self.number, self.generation);
    }

    pub(crate) fn key(&self) -> &KeyPair {
        &self.key
    }

    pub(crate) fn has_repository(&self, id: u64) -> bool {
        self.repositories.iter().any(|repository| repository.id == id)
    }

    /// Creates a configuration under a name that the server picks.
    pub(crate) fn create(&mut self, fields: &Map<String, Value>) -> Result<&Configuration, serde_json::Error> {
        let registry_type = fields.get("registry_type").and_then(Value::as_str).unwrap_or_default();
        let created = Configuration::new(&self.pick_name(registry_type), fields, &stamp(self.stamps))?;
        Ok(self.configurations.push_mut(created))
    }

    /// Overwrites fields of a configuration, if there is one with this name.
    pub(crate) fn update(&mut self, name: &str, changes: &Map<String, Value>) -> Option<Result<(), serde_json::Error>> {
        let there = self.configurations.iter_mut().find(|there| there.name == name)?;
        Some(there.with(changes).map(|changed| *there = changed))
    }

    /// Deletes a configuration and returns whether there was one with this name.
    pub(crate) fn delete(&mut self, name: &str) -> bool {
        let before = self.configurations.len();
        self.configurations.retain(|there| there.name != name);
        self.configurations.len() < before
    }

    /// Returns the first free name; a name freed by a deletion is reused.
    fn pick_name(&self, registry_type: &str) -> String {
        let nth = |n: usize| match self.naming {
            Naming::Documented if n == 1 => format!("{}_SECRET", registry_type.to_uppercase()),
            Naming::Documented => format!("{}_SECRET_{n}", registry_type.to_uppercase()),
            Naming::Opaque => {
                let kind = registry_type.split('_').next().unwrap_or_default();
                format!("{kind} registry/é #{n}")
            }
        };
        let taken: BTreeSet<&str> = self.configurations.iter().map(|there| there.name.as_str()).collect();
        (1..=taken.len() + 1)
            .map(nth)
            .find(|name| !taken.contains(name.as_str()))
            .expect("one name more than there are configurations, so one is free")
    }
}
