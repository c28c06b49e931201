//! A minimal model of GitHub: how a body changes an organization, by the same rules as the fake GitHub.

use private_registries::internals::desired::{Repository, Settings};
use private_registries::internals::github::Body;
use private_registries::internals::plan::{Plan, Step};
use private_registries::internals::registry::{Listing, LiveRegistry};
use private_registries::internals::secrets::SealedSecret;
use serde_json::{Map, Value, json};

use crate::world::generated::Live;

/// The configurations of an organization.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) live: Vec<Map<String, Value>>,
}

impl Model {
    pub(super) fn new(live: &[Live]) -> Self {
        Self { live: live.iter().map(|live| live.fields.clone()).collect() }
    }

    pub(super) fn named(&self, name: &str) -> Option<&Map<String, Value>> {
        self.live.iter().find(|live| live["name"] == name)
    }

    /// Returns the answer to a list request.
    pub(super) fn listing(&self) -> Listing {
        let registries = self.live.iter().map(|live| LiveRegistry::from_json(live.clone().into()).unwrap()).collect();
        Listing { registries, total_count: self.live.len(), ..Listing::default() }
    }

    /// Carries out a plan as an apply without failures would, and returns the writes.
    pub(super) fn carry_out(&mut self, plan: &Plan) -> Vec<String> {
        let mut writes = Vec::new();
        for change in &plan.changes {
            let name = change.name.as_deref().unwrap_or_default();
            let sealed = change
                .settings()
                .and_then(|settings| settings.secret.as_ref())
                .map(|_| SealedSecret { encrypted_value: "c2VhbGVk".to_owned(), key_id: "1".to_owned() });
            let ids = change.settings().and_then(ids);
            match &change.step {
                Step::Create(desired) => {
                    self.create(&body(&Body::create(desired, ids.as_deref(), sealed.as_ref())));
                    writes.push("POST".to_owned());
                }
                Step::Replace(replacement) => {
                    self.create(&body(&Body::create(&replacement.desired, ids.as_deref(), sealed.as_ref())));
                    self.delete(name);
                    writes.extend(["POST".to_owned(), format!("DELETE {name}")]);
                }
                Step::Update(settings) | Step::Resend(settings) => {
                    self.update(name, &body(&Body::update(settings, ids.as_deref(), sealed.as_ref())));
                    writes.push(format!("PATCH {name}"));
                }
                Step::Delete => {
                    self.delete(name);
                    writes.push(format!("DELETE {name}"));
                }
                Step::Unchanged | Step::Unmanaged => {}
            }
        }
        writes
    }

    fn create(&mut self, body: &Map<String, Value>) {
        check_repositories(body);
        for field in ["registry_type", "url", "visibility", "auth_type"] {
            assert!(body.contains_key(field), "a POST without {field}: {body:?}");
        }
        let auth_type = body["auth_type"].as_str().unwrap();
        let has_secret = body.contains_key("encrypted_value") && body.contains_key("key_id");
        assert_eq!(has_secret, !auth_type.starts_with("oidc_"), "{body:?}");
        let stem = body["registry_type"].as_str().unwrap().to_uppercase();
        let mut names = (1..=self.live.len() + 1).map(|n| format!("{stem}_SECRET_{n}"));
        let free = names.find(|name| self.named(name).is_none()).unwrap();
        let mut fields = Map::from_iter([("name".to_owned(), json!(free)), ("replaces_base".to_owned(), json!(false))]);
        match auth_type {
            "oidc_aws" => drop(fields.insert("audience".to_owned(), json!("sts.amazonaws.com"))),
            "oidc_cloudsmith" => drop(fields.insert("api_host".to_owned(), json!("api.cloudsmith.io"))),
            _ => {}
        }
        fields.extend(readable(body));
        self.live.push(fields);
    }

    fn update(&mut self, name: &str, body: &Map<String, Value>) {
        check_repositories(body);
        assert!(!body.contains_key("registry_type") && !body.contains_key("auth_type"), "{body:?}");
        assert!(!body.is_empty(), "a PATCH that says nothing");
        let live = self.live.iter_mut().find(|live| live["name"] == name).expect("what is updated is there");
        live.extend(readable(body));
    }

    fn delete(&mut self, name: &str) {
        let before = self.live.len();
        self.live.retain(|live| live["name"] != name);
        assert_eq!(self.live.len() + 1, before, "{name} was not there");
    }
}

fn body(body: &Body<'_>) -> Map<String, Value> {
    serde_json::to_value(body).unwrap().as_object().unwrap().clone()
}

/// Returns the fields of a body that a GET shows.
fn readable(body: &Map<String, Value>) -> Map<String, Value> {
    let hidden = ["encrypted_value", "key_id", "selected_repository_ids"];
    body.clone().into_iter().filter(|(field, _)| !hidden.contains(&field.as_str())).collect()
}

fn check_repositories(body: &Map<String, Value>) {
    assert!(
        !body.contains_key("selected_repository_ids") || body["visibility"] == "selected",
        "a selection without visibility: {body:?}"
    );
}

fn ids(settings: &Settings) -> Option<Vec<u64>> {
    let id = |repository: &Repository| match repository {
        Repository::Id(id) => *id,
        Repository::Named { name, .. } => u64::try_from(name.len()).unwrap(),
    };
    Some(settings.repositories.as_ref()?.iter().map(id).collect())
}
