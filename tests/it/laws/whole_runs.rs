//! The laws again, with fewer cases, for the real binary on the fake GitHub; and the part of law 4 that needs it.

use fake_github::{FakeGitHub, Naming, Options, SameUrl};
use private_registries::internals::plan::Resend;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Run, Step, cases};
use crate::world::generated::{SECRETS, World, worlds};
use crate::world::state;

fn github(world: &World, options: Options) -> FakeGitHub {
    let github = FakeGitHub::with(options);
    for live in &world.live {
        github.add(live.fields.clone().into());
    }
    github
}

fn step<'a>(github: &'a FakeGitHub, operation: &str, world: &World, resend: Resend) -> Step<'a> {
    let step = Step::new(github, operation)
        .manifest(&world.manifest())
        .with("prune", &world.prune.to_string())
        .with("max-deletes", "100")
        .with("resend", resend.as_str());
    let step = if operation == "apply" { step.with("write-interval", "0s") } else { step };
    step.secrets(SECRETS)
}

/// Returns the changes of a result without what only an apply knows: their status, and the names that GitHub picked.
fn changes(run: &Run) -> Vec<Value> {
    let mut changes = run.changes();
    for change in &mut changes {
        let makes_a_name = ["create", "replace"].iter().any(|action| change["action"] == *action);
        let change = change.as_object_mut().unwrap();
        change.remove("status");
        change.remove("error");
        if makes_a_name {
            change.remove("name");
        }
    }
    changes
}

/// Returns the writes that the changes of a plan need, in order; those of a replacement may come in either order.
fn writes(changes: &[Value]) -> Vec<&'static str> {
    let of = |change: &Value| match change["action"].as_str().unwrap() {
        "create" => vec!["POST"],
        "update" | "resend" => vec!["PATCH"],
        "replace" => vec!["POST", "DELETE"],
        "delete" => vec!["DELETE"],
        _ => Vec::new(),
    };
    changes.iter().flat_map(of).collect()
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn apply_does_what_was_planned_and_converges(world in worlds(), refuses in any::<bool>(), opaque in any::<bool>()) {
        let naming = if opaque { Naming::Opaque } else { Naming::Documented };
        let same_url = if refuses { SameUrl::Refuse } else { SameUrl::Accept };
        let github = github(&world, Options { naming, same_url, ..Options::default() });
        let before = state(&github);

        let planned = step(&github, "plan", &world, world.resend).run();
        prop_assert_eq!(planned.writes(), Vec::<String>::new());
        prop_assert_eq!(state(&github), before.clone());
        let applied = step(&github, "apply", &world, world.resend).with("plan-id", planned.output("plan-id")).run();
        if planned.status != Some(0) {
            // Refused: an ambiguous entry, or an empty manifest with `prune`.
            prop_assert_eq!(applied.status, planned.status);
            prop_assert_eq!(applied.writes(), Vec::<String>::new());
            prop_assert_eq!(state(&github), before);
            return Ok(());
        }

        // A pinned entry may ask for a type and url that exist already, which such a GitHub refuses.
        let is_pinned = |change: &Value| world.entries.iter().any(|entry| {
            entry.pinned.is_some() && change["label"] == entry.label.as_str()
        });
        let is_odd = changes(&planned).iter().any(|change| change["action"] != "unchanged" && is_pinned(change));
        if is_odd && (refuses || changes(&planned).iter().any(|change| change["action"] == "replace")) {
            for live in world.unmanaged().filter(|_| !world.prune) {
                prop_assert!(github.configuration(&live.name).is_some());
            }
            return Ok(());
        }

        // Law 4.
        prop_assert_eq!(applied.status, Some(0), "{}", applied.log);
        prop_assert_eq!(changes(&applied), changes(&planned));
        prop_assert_eq!(applied.output("plan-id"), planned.output("plan-id"));
        prop_assert_eq!(applied.output("drift"), planned.output("drift"));
        prop_assert_eq!(applied.output("changed"), planned.output("changed"));
        for count in ["create", "update", "replace", "delete", "resend", "unchanged", "unmanaged"] {
            let output = format!("{count}-count");
            prop_assert_eq!(applied.output(&output), planned.output(&output));
        }
        let sent: Vec<&str> = applied.requests.iter().map(|request| request.method.as_str())
            .filter(|method| *method != "GET").collect();
        let expected = writes(&changes(&planned));
        if refuses {
            let sorted = |mut writes: Vec<&str>| { writes.sort_unstable(); writes.dedup(); writes.join(" ") };
            prop_assert_eq!(sorted(sent), sorted(expected));
        } else {
            prop_assert_eq!(sent, expected);
        }

        // Law 2.
        for live in world.unmanaged() {
            let there = state(&github).into_iter().find(|there| there.name == live.name);
            let was = before.iter().find(|there| there.name == live.name).cloned();
            prop_assert_eq!(there, if world.prune { None } else { was });
        }

        // Law 1.
        let again = step(&github, "plan", &world, Resend::Always).with("fail-on-drift", "true").run();
        prop_assert_eq!(again.status, Some(0), "{}", again.log);
        let after = state(&github);
        let quiet = step(&github, "apply", &world, Resend::OnChange).run();
        prop_assert_eq!(quiet.status, Some(0), "{}", quiet.log);
        prop_assert_eq!(quiet.writes(), Vec::<String>::new());
        prop_assert_eq!(state(&github), after);
    }
}

proptest! {
    #![proptest_config(cases(12))]

    /// Law 4: if the live state changed in between, the plan is another one, and nothing is written.
    #[test]
    fn a_plan_id_is_refused_once_github_has_changed(world in worlds(), at in any::<prop::sample::Index>()) {
        prop_assume!(!world.live.is_empty());
        let github = github(&world, Options::default());
        let planned = step(&github, "plan", &world, world.resend).run();
        prop_assume!(planned.status == Some(0));
        let name = &world.live[at.index(world.live.len())].name;
        github.change(name, "visibility", json!("changed meanwhile"));
        let before = state(&github);
        let applied = step(&github, "apply", &world, world.resend).with("plan-id", planned.output("plan-id")).run();
        prop_assert_eq!(applied.status, Some(1), "{}", applied.log);
        prop_assert_eq!(applied.writes(), Vec::<String>::new());
        prop_assert_eq!(applied.output("changed"), "false");
        prop_assert_eq!(state(&github), before);
    }
}
