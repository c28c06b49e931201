//! One run on a real organization: what it creates, and how it cleans up.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use crypto_box::PublicKey;
use crypto_box::aead::OsRng;
use reqwest::Method;
use serde_json::{Map, Value};
use url::Url;

use crate::api::{Answer, Api, Stop, code};
use crate::settings::Settings;

/// The prefix of every url that a run creates. No host can have this name (RFC 2606).
pub(crate) const URLS: &str = "https://live-smoke-test.invalid/";

pub(crate) const USERNAME: &str = "live-smoke-test";
const TYPES: [&str; 5] =
    ["pub_repository", "helm_registry", "terraform_registry", "goproxy_server", "composer_repository"];
/// The number of attempts for requests that must succeed so that nothing is left behind.
const ATTEMPTS: usize = 3;
const MOST_PAGES: usize = 20;

/// The name of a new configuration, or GitHub's refusal.
pub(crate) type Created = Result<String, Answer>;

/// The state of a run.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) api: Api,
    stop: &'a Stop,
    /// A type of which the organization has no registry, and another one to change it to.
    pub(crate) registry_type: &'static str,
    pub(crate) other_type: &'static str,
    pub(crate) key_id: String,
    encrypted_value: String,
    /// The names of the configurations that existed before, which are never changed or deleted.
    before: BTreeSet<String>,
    /// The names in the answers to this run's own POSTs.
    created: Vec<String>,
    /// The prefix of this run's urls.
    urls: String,
}

impl<'a> Session<'a> {
    /// Reads the organization's configurations and its public key, without writing.
    pub(crate) async fn open(settings: &'a Settings, stop: &'a Stop) -> Result<Self, String> {
        let api = Api::new(settings).map_err(|error| error.to_string())?;
        let there = list(&api, &settings.org).await?;
        let texts = |field: &str| -> BTreeSet<String> {
            there.iter().filter_map(|live| live[field].as_str().map(str::to_owned)).collect()
        };
        let in_use = texts("registry_type");
        let mut free = TYPES.into_iter().filter(|candidate| !in_use.contains(*candidate));
        let Some(registry_type) = free.next() else {
            return Err(format!("{} are all in use: choose another organization", TYPES.join(", ")));
        };
        let answer = api.send(Method::GET, address(&api, &settings.org, &["public-key"]), None).await?;
        let (key_id, encrypted_value) =
            sealed(&answer).ok_or_else(|| format!("the public key can't be used: {}", answer.words()))?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Ok(Self {
            settings,
            api,
            stop,
            registry_type,
            other_type: free.next().unwrap_or("git_source"),
            key_id,
            encrypted_value,
            before: texts("name"),
            created: Vec::new(),
            urls: format!("{URLS}{seconds}-{}/", std::process::id()),
        })
    }

    /// Returns the repositories that may use what is created.
    pub(crate) fn selection(&self) -> Value {
        Vec::from_iter(self.settings.repository).into()
    }

    /// Sends a POST, with some fields replaced.
    ///
    /// # Errors
    /// Why there is no answer to the question.
    pub(crate) async fn create(&mut self, page: &str, other: &[(&str, Value)]) -> Result<Created, String> {
        let mut body = Map::from_iter([
            ("registry_type".to_owned(), self.registry_type.into()),
            ("url".to_owned(), format!("{}{page}", self.urls).into()),
            ("username".to_owned(), USERNAME.into()),
            ("visibility".to_owned(), "selected".into()),
            ("selected_repository_ids".to_owned(), self.selection()),
            ("encrypted_value".to_owned(), self.encrypted_value.as_str().into()),
            ("key_id".to_owned(), self.key_id.as_str().into()),
        ]);
        body.extend(other.iter().map(|(field, value)| ((*field).to_owned(), value.clone())));
        let answer = self.ask(Method::POST, &[], Some(&body.into())).await?;
        if !answer.is_success() {
            return Ok(Err(answer));
        }
        let Some(name) = answer.text("name").filter(|name| !["", ".", ".."].contains(name)) else {
            return Err(format!("{}, without a name", answer.words()));
        };
        if self.before.contains(name) {
            // The name is that of an existing configuration. Whatever that means, it must not be touched.
            self.stop.request();
            return Err(format!("{}, but {} existed before: look at it", answer.words(), code(name)));
        }
        if !self.created.iter().any(|created| created == name) {
            self.created.push(name.to_owned());
        }
        Ok(Ok(name.to_owned()))
    }

    /// Sends a PATCH for a configuration that this run created.
    pub(crate) async fn patch(&self, name: &str, body: &Value) -> Result<Answer, String> {
        self.ask(Method::PATCH, &[name], Some(body)).await
    }

    /// Reads a configuration that this run created.
    pub(crate) async fn get(&self, name: &str) -> Result<Answer, String> {
        self.ask(Method::GET, &[name], None).await
    }

    /// Sends a request. Returns an answer that settles the question: a success, or a refusal of the body.
    ///
    /// # Errors
    /// Any other answer, or none.
    async fn ask(&self, method: Method, rest: &[&str], body: Option<&Value>) -> Result<Answer, String> {
        if self.stop.is_requested() {
            return Err("the run was stopped".to_owned());
        }
        let answer = self.api.send(method, self.address(rest), body).await?;
        if answer.is_success() || [400, 409, 422].contains(&answer.status) { Ok(answer) } else { Err(answer.words()) }
    }

    /// Deletes what this run created, and checks for leftovers. Returns what has to be done by hand.
    pub(crate) async fn clean_up(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        let by_hand = |name: &str| format!("delete it by hand: gh api --method DELETE '{}'", self.address(&[name]));
        let mut remaining = BTreeSet::new();
        for name in &self.created {
            if let Err(problem) = self.delete(name).await {
                problems.push(format!("{} could not be deleted ({problem}); {}", code(name), by_hand(name)));
                remaining.insert(name.clone());
            }
        }
        match self.left().await {
            Ok(left) => {
                let unknown = left.difference(&remaining);
                problems.extend(unknown.map(|name| format!("{} has a url of this run; {}", code(name), by_hand(name))));
            }
            Err(problem) => {
                let below = &self.urls;
                problems
                    .push(format!("look for registries with a url below {below}: they can't be listed ({problem})"));
            }
        }
        problems
    }

    async fn delete(&self, name: &str) -> Result<(), String> {
        let mut last = Err("it was not tried".to_owned());
        for _ in 0..ATTEMPTS {
            last = match self.api.send(Method::DELETE, self.address(&[name]), None).await {
                Ok(answer) if answer.is_success() || answer.status == 404 => return Ok(()),
                Ok(answer) => Err(answer.words()),
                Err(problem) => Err(problem),
            };
        }
        last
    }

    /// Returns the names of the configurations with a url of this run.
    async fn left(&self) -> Result<BTreeSet<String>, String> {
        let mut last = Err("it was not tried".to_owned());
        for _ in 0..ATTEMPTS {
            last = list(&self.api, &self.settings.org).await;
            if last.is_ok() {
                break;
            }
        }
        let is_ours = |live: &&Value| live["url"].as_str().is_some_and(|url| url.starts_with(&self.urls));
        Ok(last?.iter().filter(is_ours).map(|live| live["name"].as_str().unwrap_or_default().to_owned()).collect())
    }

    fn address(&self, rest: &[&str]) -> Url {
        address(&self.api, &self.settings.org, rest)
    }
}

fn address(api: &Api, org: &str, rest: &[&str]) -> Url {
    api.url(&[&["orgs", org, "private-registries"], rest].concat())
}

/// Lists every configuration of the organization.
async fn list(api: &Api, org: &str) -> Result<Vec<Value>, String> {
    let mut all: Vec<Value> = Vec::new();
    for page in 1..=MOST_PAGES {
        let mut url = address(api, org, &[]);
        url.set_query(Some(&format!("per_page=100&page={page}")));
        let answer = api.send(Method::GET, url, None).await?;
        match (answer.status, answer.body["configurations"].as_array()) {
            (200, Some(more)) if more.is_empty() => return Ok(all),
            (200, Some(more)) => all.extend_from_slice(more),
            _ => return Err(format!("the private registries can't be listed: {}", answer.words())),
        }
    }
    Err("there are too many private registries: use another organization".to_owned())
}

/// Seals a dummy secret. Returns the key's id and the sealed value.
fn sealed(answer: &Answer) -> Option<(String, String)> {
    let key_id = match &answer.body["key_id"] {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    let key: [u8; 32] = BASE64_STANDARD.decode(answer.text("key")?).ok()?.try_into().ok()?;
    let sealed = PublicKey::from(key).seal(&mut OsRng, b"live-smoke-test").ok()?;
    Some((key_id, BASE64_STANDARD.encode(sealed)))
}
